// Animated stickers move while they are in view; elsewhere, and when switched off, their stills stand in.

export function playAnimations(button) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let playing = (localStorage.getItem("motion") ?? (calm ? "off" : "on")) === "on";
  const inView = new Set();

  const update = (image) => {
    const source = playing && inView.has(image) ? image.dataset.moving : image.dataset.still;
    if (image.getAttribute("src") !== source) image.src = source;
  };
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      isIntersecting ? inView.add(target) : inView.delete(target);
      update(target);
    }
  }, { rootMargin: "80px" });

  const watch = (root) => {
    for (const image of root.querySelectorAll("img[data-moving]:not([data-still])")) {
      image.dataset.still = image.getAttribute("src");
      watcher.observe(image);
    }
  };
  const show = () => {
    button.setAttribute("aria-pressed", String(playing));
    document.documentElement.classList.toggle("moving", playing);
    for (const image of inView) update(image);
  };

  button.hidden = false;
  button.addEventListener("click", () => {
    playing = !playing;
    localStorage.setItem("motion", playing ? "on" : "off");
    show();
  });
  watch(document);
  new MutationObserver(() => watch(document)).observe(document.getElementById("main"), { childList: true, subtree: true });
  show();
}
