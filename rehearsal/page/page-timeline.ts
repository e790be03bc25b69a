// The timeline as HTML: who held the claim, who signed which slot, and beside it what happened.

import { Html, html } from '#core/html.ts';
import { slotTimestamp } from '#core/slots.ts';
import type { SlotVerdict } from '../observer/ledger.ts';
import type { NodeMark } from './marks.ts';
import { type ClaimSpan, countSlots, type Model } from './model.ts';
import { layOut, type PlacedEvent, type Row } from './timeline.ts';

type Marks = ReadonlyMap<string, NodeMark>;

export function renderTimeline(model: Model, marks: Marks): Html {
  const rows = layOut(model);
  const first = rows[0];
  const body =
    first === undefined
      ? html`<p class="empty">No slot of ours yet, and nothing has happened.</p>`
      : html`${rows.map(row => renderRow(row, marks))}`;
  return html`<section class="timeline" aria-label="Timeline of our slots">
<div class="row heading"><span class="claim"></span><span>UTC</span><span class="cells">${ruler()}</span><span></span><span>what happened</span></div>
${body}${renderNow(model)}
</section>`;
}

/** While it runs: when our next slots come. */
function renderNow({ nowMs, nextWindowMs, verdict }: Model): Html {
  if (verdict !== null || nextWindowMs === null) return html``;
  const seconds = Math.ceil((nextWindowMs - nowMs) / 1000);
  const text = seconds > 0 ? `now; our next window begins in ${seconds} s` : 'now; in our window';
  return html`<div class="row now"><span></span><time>${clock(nowMs)}</time><span>${text}</span></div>`;
}

export function renderLegend(marks: Marks): Html {
  const nodes = [...marks.values()].map(
    ({ node, letter, className }) => html`<span class="key"><i class="cell ${className}">${letter}</i>${node}</span>`,
  );
  return html`<div class="legend">${nodes}
<span class="key"><i class="cell missed">×</i>missed</span>
<span class="key"><i class="cell double">2×</i>signed twice</span>
<span class="key"><i class="cell pending"></i>not settled</span>
<span class="key"><i class="strip"></i>holds the claim</span></div>`;
}

/** The numbers of the twelve slots above their cells. */
function ruler(): Html[] {
  return Array.from({ length: 12 }, (_, index) => html`<i>${index + 1}</i>`);
}

function renderRow(row: Row, marks: Marks): Html {
  const strip = html`<span class="claim" style="${gradient(row, marks)}" title="${describeClaims(row.claims)}"></span>`;
  const time = html`<time>${clock(row.fromMs)}</time>`;
  switch (row.kind) {
    case 'window': {
      const { cells, first } = row.window;
      const counts = countSlots(cells);
      const isBad = counts.missed + counts.double > 0;
      const sum = counts.pending > 0 ? `${counts.signed}/…` : `${counts.signed}/${counts.ours}`;
      return html`<div class="row window">${strip}${time}<span class="cells" role="list">${cells.map((cell, index) =>
        renderCell(
          cell,
          first + index,
          marks,
          row.events.filter(event => event.cell === index),
        ),
      )}</span><b class="${isBad ? 'bad' : ''}">${sum}</b>${renderEvents(row.events, marks)}</div>`;
    }
    case 'gap':
      return html`<div class="row gap">${strip}<span></span><span></span><span></span>${renderEvents(row.events, marks)}</div>`;
    case 'quiet':
      return html`<div class="row quiet">${strip}${time}<span class="cells">${row.windows} windows, every slot signed by ${chip(row.node, marks)}</span><b>${row.windows * 12}/${row.windows * 12}</b><span></span></div>`;
  }
}

function renderCell(cell: SlotVerdict | undefined, slot: number, marks: Marks, events: PlacedEvent[]): Html {
  const pin = events.length > 0 ? ' pin' : '';
  const said = `${describeCell(cell, slot)}${events.map(event => `. ${event.kind}: ${event.text}`).join('')}`;
  const [className, text] = showCell(cell, marks);
  return html`<i role="listitem" class="cell ${className}${pin}" title="${said}" aria-label="${said}">${text}</i>`;
}

function showCell(cell: SlotVerdict | undefined, marks: Marks): [className: string, text: string] {
  const mark = marks.get(cell?.nodes[0] ?? '');
  switch (cell?.verdict) {
    case undefined:
      return ['none', ''];
    case 'signed':
      return [mark?.className ?? 'none', mark?.letter ?? '?'];
    case 'missed':
      return ['missed', '×'];
    case 'double':
      return ['double', '2×'];
    case 'pending':
      return ['pending', mark?.letter ?? ''];
  }
}

function describeCell(cell: SlotVerdict | undefined, slot: number): string {
  const place = `Slot ${slot}, ${slotTimestamp(slot).slice(11)}`;
  const nodes = cell?.nodes.join(' and ') ?? '';
  switch (cell?.verdict) {
    case undefined:
      return `${place}: not observed`;
    case 'signed':
      return `${place}: signed by ${nodes}`;
    case 'missed':
      return nodes === '' ? `${place}: missed` : `${place}: missed; ${nodes} made a block that is not on the chain`;
    case 'double':
      return `${place}: signed ${cell.ids.length} times, by ${nodes}`;
    case 'pending':
      return nodes === '' ? `${place}: not settled` : `${place}: block by ${nodes}, not settled`;
  }
}

function renderEvents(events: readonly PlacedEvent[], marks: Marks): Html {
  const items = events.map(event => {
    const { atMs, kind, text, subject, cell } = event;
    const where = cell === undefined ? html`` : html`<em>slot ${cell + 1}</em>`;
    const who = subject === undefined || subject === '' ? html`` : html`${chip(subject, marks)} `;
    return html`<li class="${kind.replaceAll(' ', '-')}"><time>${clock(atMs)}</time><span class="kind">${kind}</span><span>${who}${text}${where}</span></li>`;
  });
  return html`<ul>${items}</ul>`;
}

/** A node's name with its colour and letter; any other name as it is. */
export function chip(name: string, marks: Marks): Html {
  const mark = marks.get(name);
  return mark === undefined
    ? html`<span class="name">${name}</span>`
    : html`<span class="name"><i class="cell small ${mark.className}">${mark.letter}</i>${name}</span>`;
}

/** The claim's holders one after the other, each as long as it held within the row. */
function gradient({ fromMs, toMs, claims }: Row, marks: Marks): Html {
  const length = Math.max(1, toMs - fromMs);
  const percent = (ms: number) => Math.round(((ms - fromMs) / length) * 1000) / 10;
  if (claims.length === 0) return html``;
  let end = fromMs;
  const stops = claims.flatMap(claim => {
    const colour = `var(--${marks.get(claim.node)?.className ?? 'none'})`;
    const until = claim.toMs ?? toMs;
    const nobody = claim.fromMs > end ? [`transparent ${percent(end)}% ${percent(claim.fromMs)}%`] : [];
    end = until;
    return [...nobody, `${colour} ${percent(claim.fromMs)}% ${percent(until)}%`];
  });
  if (end < toMs) stops.push(`transparent ${percent(end)}%`);
  return new Html(`background:linear-gradient(${stops.join(',')})`);
}

function describeClaims(claims: readonly ClaimSpan[]): string {
  if (claims.length === 0) return 'Nobody was seen to hold the claim';
  return `Claim held by ${claims.map(({ node }) => node).join(', then ')}`;
}

/** Time of day in UTC, `12:03:04`. */
function clock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19);
}
