// The search box: titles and summaries from one JSON file, fetched at the first key.
(() => {
  const form = document.querySelector('.search');
  const input = form?.querySelector('input');
  const list = form?.querySelector('.hits');
  if (!form || !input || !list) return;
  let index;
  const load = () => (index ??= fetch('/search-index.json').then((answer) => (answer.ok ? answer.json() : [])).catch(() => []));

  const show = async () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const entries = words.length ? await load() : [];
    const score = ([title, , text]) => {
      const name = title.toLowerCase(), body = text.toLowerCase();
      let sum = 0;
      for (const word of words) {
        const points = name.startsWith(word) ? 3 : name.includes(word) ? 2 : body.includes(word) ? 1 : 0;
        if (!points) return 0;
        sum += points;
      }
      return sum;
    };
    const best = entries.map((entry) => [score(entry), entry]).filter(([points]) => points > 0).sort((a, b) => b[0] - a[0]).slice(0, 8);
    list.replaceChildren(...best.map(([, [title, address, text]]) => {
      const item = document.createElement('li');
      const anchor = item.appendChild(document.createElement('a'));
      anchor.href = address;
      anchor.append(Object.assign(document.createElement('b'), { textContent: title }), Object.assign(document.createElement('span'), { textContent: text }));
      return item;
    }));
    list.hidden = best.length === 0;
  };

  input.addEventListener('input', show);
  input.addEventListener('focus', show);
  document.addEventListener('click', (event) => {
    if (!form.contains(event.target)) list.hidden = true;
  });
  form.addEventListener('submit', (event) => {
    const first = list.querySelector('a');
    if (!first) return;
    event.preventDefault();
    location.href = first.href;
  });
  const asked = new URLSearchParams(location.search).get('q');
  if (asked) {
    input.value = asked;
    input.focus();
  }
})();
