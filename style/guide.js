// /embed works without this. It spares a hand: what has to be copied is copied, and the focus goes to what was just answered.
"use strict";
(() => {
  const status = document.querySelector("[data-status]");

  const copy = async (from) => {
    let said = status.dataset.copied;
    try {
      await navigator.clipboard.writeText(from.value);
    } catch {
      // Not allowed, or no secure address: selected, it is one keystroke away.
      from.focus();
      from.select();
      said = status.dataset.selected;
    }
    // What is said once more is heard once more.
    const line = document.createElement("span");
    line.textContent = said;
    status.replaceChildren(line);
  };

  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(document.getElementById(button.dataset.copy)));
  }
  document.querySelector("[data-focus]")?.focus();
})();
