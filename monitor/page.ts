// The monitor's page for people: one self-contained document, made out of its status when somebody asks for it.

import { createHash } from 'node:crypto';
import type { MonitorStatus, Presence } from '#core/failover/status.ts';
import { Html, html } from '#core/html.ts';
import { slotAt, slotMs, slotStartMs } from '#core/slots.ts';
import { pageStyle } from './page-style.ts';
import { problemsOf } from './problems.ts';

const shownDecisions = 40;
/** A presence is up to a second old, and its block may be on its way. */
const presenceLagSlots = 4;

/** Counts down between two loads; nothing else needs it. */
const countdown = `const box = document.getElementById('countdown');
if (box) {
  const end = performance.now() + Number(box.dataset.ms);
  setInterval(() => {
    const seconds = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    box.textContent = seconds >= 60 ? Math.floor(seconds / 60) + ' min ' + (seconds % 60) + ' s' : seconds + ' s';
  }, 250);
}`;

/** Nothing is loaded, framed or run beside what the page itself carries. */
export const pagePolicy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${createHash('sha256').update(countdown).digest('base64')}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`;

export function renderPage(status: MonitorStatus): string {
  const problems = problemsOf(status);
  const isWell = problems.every(({ weight }) => weight === 'notice');
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="5">
<title>${isWell ? '✔' : '✘'} ${status.node} · ${status.producer}</title><style>${new Html(pageStyle)}</style></head>
<body><header><h1>${status.producer}</h1><p>as ${status.node} in ${status.site} sees it, ${clockTime(status.wallMs)} UTC</p></header>
<main>${renderProblems(problems)}
<div class="cards">${renderSigner(status)}${renderWindow(status)}${renderSlots(status)}</div>
${renderNodes(status)}${renderDecisions(status)}</main>
<script>${new Html(countdown)}</script></body></html>
`.text;
}

function renderProblems(problems: ReturnType<typeof problemsOf>): Html {
  if (problems.length === 0) return html`<p class="well">Nothing is wrong, as far as this node can tell.</p>`;
  return html`<ul class="problems">${problems.map(({ weight, text }) => html`<li class="${weight}">${text}</li>`)}</ul>`;
}

function renderSigner({ claim, node, role, nodes }: MonitorStatus): Html {
  const holder = nodes.find(other => other.node === claim?.holder);
  const where = holder === undefined ? 'not there' : `${holder.site}, zone ${holder.zone}`;
  return html`<section><h2>Who signs</h2><p class="large">${claim?.holder || 'nobody'}</p>
<p>${claim === null ? 'The claim is missing or unreadable.' : `${where}; epoch ${claim.epoch}, claimed up to slot ${claim.slot}`}</p>
<p>This node, ${node}, is <b>${role}</b>.</p></section>`;
}

function renderWindow({ window, wallMs }: MonitorStatus): Html {
  if (window === null)
    return html`<section><h2>Our window</h2><p class="large">none</p><p>Not scheduled, or not known yet.</p></section>`;
  // The block of a slot is made during the slot before it.
  const startMs = slotStartMs(window.first) - slotMs;
  const isNow = wallMs >= startMs;
  const untilMs = (isNow ? slotStartMs(window.last) : startMs) - wallMs;
  return html`<section><h2>${isNow ? 'Our window ends in' : 'Our next window in'}</h2>
<p class="large" id="countdown" data-ms="${Math.max(0, Math.round(untilMs))}">${duration(untilMs)}</p>
<p>Slots ${window.first} to ${window.last}, from ${clockTime(startMs)} UTC. It is slot ${slotAt(wallMs)}.</p></section>`;
}

function renderSlots({ slots, counters, ahead }: MonitorStatus): Html {
  const { produced = 0, missed = 0, unknown = 0 } = slots ?? {};
  const refused = Object.entries(counters.refusals).map(([reason, count]) => `${reason} ${count}`);
  return html`<section><h2>Our slots since this monitor started</h2>
<p class="large">${produced} <small>made</small> <span class="${missed > 0 ? 'bad' : ''}">${missed} <small>missed</small></span> ${unknown} <small>unknown</small></p>
<p>By this node: ${counters.claims} claims, ${ahead === undefined || ahead.claims === 0 ? '' : `${ahead.signatures} signatures on claims made ahead, `}${counters.takeovers} takeovers, ${counters.handovers} handovers.</p>
<p>Refused: ${refused.join(', ') || 'nothing'}.</p></section>`;
}

function renderNodes({ nodes, claim, node }: MonitorStatus): Html {
  const best = Math.max(0, ...nodes.map(({ nodeos }) => nodeos.headSlot));
  const rows = nodes
    .toSorted((a, b) => a.node.localeCompare(b.node))
    .map(each => renderNode(each, { claim, node, best }));
  return html`<section class="nodes"><h2>Nodes</h2><div class="scroll"><table><thead><tr><th>Node</th><th>Site</th><th>Role</th><th>Could take over</th><th>nodeos</th><th>Head</th><th>Final</th><th>Peers</th></tr></thead>
<tbody>${rows}</tbody></table></div></section>`;
}

function renderNode(
  { node: name, site, zone, role, eligible, why, nodeos, draining }: Presence,
  { claim, node, best }: { claim: MonitorStatus['claim']; node: string; best: number },
): Html {
  const isHolder = claim?.holder === name;
  const lag = best - nodeos.headSlot;
  const state = !nodeos.alive
    ? 'silent'
    : nodeos.paused === true
      ? 'paused'
      : nodeos.paused === false
        ? 'running'
        : 'unknown';
  return html`<tr class="${isHolder ? 'holder' : ''}"><td><b>${name}</b>${name === node ? html` <small>this one</small>` : ''}</td><td>${site} <small>${zone}</small></td>
<td>${role}${draining ? html` <small>draining</small>` : ''}</td><td class="text ${eligible ? '' : 'bad'}">${isHolder ? 'signs' : eligible ? 'yes' : `no: ${why.join('; ')}`}</td>
<td class="${nodeos.alive ? '' : 'bad'}">${state} <small>${nodeos.version}</small></td><td>${nodeos.headNum}${lag > presenceLagSlots ? html` <small>${lag} slots behind</small>` : ''}</td><td>${nodeos.lib}</td><td>${nodeos.peers}</td></tr>`;
}

function renderDecisions({ decisions }: MonitorStatus): Html {
  const rows = decisions
    .slice(-shownDecisions)
    .toReversed()
    .map(
      ({ at, slot, decision, reason }) =>
        html`<tr class="${decision === 'ALARM' ? 'alarm' : ''}"><td><time datetime="${at}">${at.slice(11, 23)}</time></td><td>${slot}</td><td><b>${decision}</b></td><td class="text">${reason}</td></tr>`,
    );
  return html`<section class="decisions"><h2>Last decisions, newest first</h2><div class="scroll"><table><thead><tr><th>UTC</th><th>Slot</th><th>Decision</th><th>Reason</th></tr></thead>
<tbody>${rows}</tbody></table></div></section>`;
}

function clockTime(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(11, 19);
}

function duration(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return seconds >= 60 ? `${Math.floor(seconds / 60)} min ${seconds % 60} s` : `${seconds} s`;
}
