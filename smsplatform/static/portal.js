"use strict";
// Everything works without this; with it menus close by themselves, questions are asked in a dialog,
// and what is to be copied is copied.
(() => {
  const open = () => document.querySelectorAll("details.menu[open]");
  const dialog = () => document.getElementById("dialog");

  document.addEventListener("click", (event) => {
    for (const menu of open()) {
      if (!menu.contains(event.target)) menu.removeAttribute("open");
    }
    const close = event.target.closest("dialog [data-close]");
    if (close) {
      event.preventDefault();
      dialog().close();
    }
    const copy = event.target.closest("[data-copy]");
    if (copy) copyText(copy);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.removeAttribute("open");
      menu.querySelector("summary").focus();
    }
  });

  const copyText = async (button) => {
    await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
    const words = button.querySelector("[role=status]");
    const before = words.textContent;
    words.textContent = button.dataset.done;
    setTimeout(() => { words.textContent = before; }, 2000);
  };

  // Only a page that came safely, or from this machine, may write to the clipboard.
  const offerCopies = (root) => {
    if (!navigator.clipboard) return;
    for (const button of root.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
  };

  document.addEventListener("DOMContentLoaded", () => {
    offerCopies(document);
    document.body.addEventListener("htmx:load", (event) => offerCopies(event.target));
    document.body.addEventListener("htmx:afterSwap", (event) => {
      if (event.detail.target === dialog()) dialog().showModal();
    });
    // What the dialog cannot ask, its page can.
    for (const failed of ["htmx:responseError", "htmx:sendError"]) {
      document.body.addEventListener(failed, (event) => {
        const link = event.detail.elt.closest("a[data-dialog]");
        if (link) window.location.assign(link.href);
      });
    }
  });
})();
