// Endless pages: when "Show more" comes near, what the next page holds is put after what is there.

export function keepFeeding() {
  const feed = document.querySelector("[data-feed]");
  const link = document.querySelector("a[data-more]");
  if (!feed || !link) return;
  const watcher = new IntersectionObserver(async ([entry]) => {
    if (!entry.isIntersecting) return;
    watcher.disconnect();
    if (await append(feed, link)) watcher.observe(link);
  }, { rootMargin: "900px" });
  watcher.observe(link);
}

async function append(feed, link) {
  const answer = await fetch(link.href);
  if (!answer.ok) return false; // the link still works by hand
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  feed.append(...page.querySelector("[data-feed]").children);
  const next = page.querySelector("a[data-more]");
  if (next) link.href = next.getAttribute("href");
  else link.remove();
  return Boolean(next);
}
