// Comfort that every page has; without scripts, pages and links do the same.
import { keepFeeding } from "./feed.js";
import { followEvents } from "./live.js";
import { playAnimations } from "./motion.js";
import { takePictures } from "./pictures.js";
import { enableWriting } from "./writing.js";

const theme = document.getElementById("theme");
theme.hidden = false;
theme.addEventListener("click", () => {
  const root = document.documentElement;
  const dark = getComputedStyle(root).colorScheme === "dark"
    || (!root.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
});

playAnimations(document.getElementById("motion"));
keepFeeding();
followEvents();
takePictures(document.querySelector("form[data-drop]"));
enableWriting();
