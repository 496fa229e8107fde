"use strict";
// One key decides: A, N, R; T takes; digits tick reasons. Everything works without this by buttons.
(() => {
  const isTyping = (target) => target.matches("textarea, select, input:not([type=checkbox], [type=submit])");
  const anyReason = (form) =>
    form.querySelector("input[name=reason]:checked, input[name=reply]:checked") ||
    form.querySelector("textarea[name=text-other]").value.trim() !== "";

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event.target)) return;
    const chosen = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!chosen) return;
    event.preventDefault();
    chosen.click();
  });

  // A reason is asked for before the request, not after it.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-needs-reason]");
    if (!button || anyReason(button.form)) return;
    event.preventDefault();
    button.form.classList.add("is-missing-reason");
    button.form.querySelector("input[name=reason], textarea").focus();
  });
})();
