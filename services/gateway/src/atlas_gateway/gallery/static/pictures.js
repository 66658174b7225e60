// A picture that is chosen, dropped or pasted anywhere searches for what looks like it.

export function takePictures(form) {
  const input = form.querySelector("input[type=file]");
  input.addEventListener("change", () => form.requestSubmit());

  const search = (files) => {
    if (![...files].some((file) => file.type.startsWith("image/"))) return;
    input.files = files;
    form.requestSubmit();
  };
  let depth = 0;
  const entered = (change) => {
    depth = Math.max(0, depth + change);
    document.body.classList.toggle("dropping", depth > 0);
  };
  addEventListener("dragenter", (event) => event.dataTransfer?.types.includes("Files") && entered(1));
  addEventListener("dragleave", () => entered(-1));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    entered(-depth);
    search(event.dataTransfer.files);
  });
  addEventListener("paste", (event) => search(event.clipboardData.files));
}
