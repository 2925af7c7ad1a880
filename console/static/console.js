// Staff pages: parts that refresh themselves, and forms that cannot be sent twice.

for (const part of document.querySelectorAll("[data-poll]")) {
  let last = null;
  const look = async () => {
    try {
      if (document.hidden || part.contains(document.activeElement)) return;
      const answer = await fetch(part.dataset.poll, { headers: { Accept: "text/html" } });
      if (answer.status === 401) location.reload();
      if (!answer.ok) return;
      const html = await answer.text();
      // What differs on every look (the act's own id) is no news.
      const seen = html.replace(/name="act_id" value="[^"]*"/g, "");
      if (seen !== last && !part.contains(document.activeElement)) {
        const open = [...part.querySelectorAll("details")].map((one) => one.open);
        if (last !== null || part.textContent.trim() === "") {
          part.innerHTML = html;
          [...part.querySelectorAll("details")].forEach((one, place) => { one.open = open[place] ?? one.open; });
        }
        last = seen;
      }
    } catch {
      // The line is down: the next look tries again.
    } finally {
      setTimeout(look, Number(part.dataset.every) * 1000);
    }
  };
  look();
}

addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
