// Forms with data-post send their fields as JSON to the API, with the token that a person gives once a tab.

export function enableWriting() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens).showModal();
    event.target.closest("[data-closes]")?.closest("dialog").close();
  });
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.dataset.post && !form.dataset.upload) return;
    event.preventDefault();
    const output = form.querySelector("output");
    output.textContent = "";
    try {
      const answer = await send(form);
      const then = (form.dataset.then ?? "").replace(/{(\w+)}/, (_, name) => answer[name]);
      then ? location.assign(then) : location.reload();
    } catch (error) {
      output.textContent = error.message;
    }
  });
}

async function send(form) {
  const token = sessionStorage.getItem("token") ?? await askForToken();
  const headers = { Authorization: `Bearer ${token}` };
  let body = new FormData(form);
  if (form.dataset.post) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(fields(form));
  }
  const answer = await fetch(form.dataset.post ?? form.dataset.upload, { method: "POST", headers, body })
    .catch(() => { throw new Error("the gateway does not answer; try again in a moment"); });
  const result = await answer.json().catch(() => ({})); // what stands before the gateway may answer, too
  if (answer.ok) return result;
  if (answer.status !== 401) throw new Error(result.detail ?? answer.statusText);
  sessionStorage.removeItem("token");
  throw new Error(`${result.detail}; press again to give it`);
}

// source.kind becomes {source: {kind}}, images[] a list, number fields numbers; empty fields are left out.
function fields(form) {
  const found = {};
  for (const field of form.elements) {
    if (!field.name || field.value === "") continue;
    const path = field.name.replace("[]", "").split(".");
    const last = path.pop();
    const value = field.type === "number" ? Number(field.value) : field.value;
    const target = path.reduce((inner, name) => (inner[name] ??= {}), found);
    target[last] = field.name.endsWith("[]") ? [value] : value;
  }
  return found;
}

function askForToken() {
  const dialog = document.getElementById("token");
  dialog.showModal();
  return new Promise((resolve, reject) => {
    dialog.addEventListener("close", () => {
      const token = dialog.querySelector("input").value;
      if (dialog.returnValue !== "use") return reject(new Error("nothing was changed"));
      sessionStorage.setItem("token", token);
      resolve(token);
    }, { once: true });
  });
}
