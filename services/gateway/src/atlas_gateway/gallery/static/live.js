// Pages that follow the work: at each event, their parts are fetched again and put in place.

const PAUSE_MILLISECONDS = 700;

export function followEvents() {
  const main = document.querySelector("main[data-live]");
  if (!main) return;
  const events = new EventSource(main.dataset.live);
  let waiting = false;
  let first = true;
  events.addEventListener(main.dataset.event, () => {
    if (first) { first = false; return; } // the page shows this already
    if (waiting) return;
    waiting = true;
    setTimeout(async () => {
      await refresh(main);
      waiting = false;
    }, PAUSE_MILLISECONDS);
  });
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) refresh(main);
  });
}

async function refresh(main) {
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const parts = main.querySelectorAll("[data-part]");
  if (!parts.length) main.replaceChildren(...page.getElementById("main").children);
  for (const part of parts) {
    const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`);
    if (fresh && !part.contains(document.activeElement)) part.replaceChildren(...fresh.childNodes);
  }
}
