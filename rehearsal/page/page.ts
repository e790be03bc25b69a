// The whole page out of a model: one self-contained document, or its changing part.

import { Html, html } from '#core/html.ts';
import { markNodes } from './marks.ts';
import type { Model } from './model.ts';
import { renderFleet, renderHeader, renderSteps } from './page-fleet.ts';
import { renderLegend, renderTimeline } from './page-timeline.ts';
import { style } from './style.ts';

/** @param isLive whether the page asks its server for news; a page in a file has none */
export function renderPage(model: Model, { isLive }: { isLive: boolean }): string {
  const script = isLive ? html`<script>${new Html(refresh)}</script>` : html``;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${titleOf(model)}</title><link rel="icon" href="data:,"><style>${new Html(style)}</style></head>
<body><p id="lost" role="alert"></p><div id="body">${new Html(renderBody(model))}</div>${script}</body></html>
`.text;
}

/** What changes from one moment to the next. */
export function renderBody(model: Model): string {
  const marks = markNodes(model);
  return html`${renderHeader(model)}${renderLegend(marks)}<main>${renderTimeline(model, marks)}<div class="side">${renderFleet(model.sites, marks)}${renderSteps(model.steps)}</div></main>`
    .text;
}

/** In a tab the verdict is seen without opening it. */
function titleOf({ title, verdict }: Model): string {
  return verdict === null ? title : `${verdict.outcome === 'passed' ? '✔' : '✘'} ${title}`;
}

/** Follows the newest row while the reader is at the bottom, and says when the page is out of date. */
const refresh = `
const body = document.getElementById('body'), lost = document.getElementById('lost');
let last = new Date(), shown = body.innerHTML;
async function update() {
  try {
    const answer = await fetch('body', {cache: 'no-store', signal: AbortSignal.timeout(5000)});
    if (!answer.ok) throw new Error(answer.status);
    const text = await answer.text(), page = document.documentElement;
    const isAtEnd = page.scrollTop + page.clientHeight > page.scrollHeight - 40;
    if (text !== shown) { body.innerHTML = shown = text; if (isAtEnd) page.scrollTop = page.scrollHeight; }
    last = new Date();
    lost.className = '';
  } catch {
    lost.textContent = 'No answer since ' + last.toLocaleTimeString() + ': what you see is old. The rehearsal may have ended.';
    lost.className = 'shown';
  }
  setTimeout(update, 1000);
}
setTimeout(update, 1000);
`;
