// The fleet, the steps and the verdict as HTML.

import { type Html, html } from '#core/html.ts';
import type { NodeMark } from './marks.ts';
import { countSlots, type Model, type NodeModel, type PageStep, type SiteModel } from './model.ts';

type Marks = ReadonlyMap<string, NodeMark>;

export function renderHeader(model: Model): Html {
  const { ours, signed, missed, double, pending } = countSlots(model.slots);
  const figure = (number: number, text: string, className = '') =>
    html`<div class="figure ${className}"><b>${number}</b>${text}</div>`;
  return html`<header>
<div class="title"><h1>${model.title}</h1><p>since ${new Date(model.startedMs).toISOString().slice(0, 19).replace('T', ' ')} UTC · ${duration(model.nowMs - model.startedMs)}</p></div>
<div class="figures">${figure(ours, 'slots of ours')}${figure(signed, 'signed once')}${pending > 0 ? figure(pending, 'not settled') : html``}${figure(missed, 'missed', missed > 0 ? 'bad' : 'good')}${figure(double, 'signed twice', double > 0 ? 'worst' : 'good')}</div>
${renderVerdict(model)}
</header>${double > 0 ? html`<p class="banner" role="alert">Two blocks were signed for one slot. This must never happen: look at the cells marked 2×.</p>` : html``}`;
}

function renderVerdict({ verdict, steps }: Model): Html {
  const running = steps.find(step => step.outcome === 'running');
  if (verdict === null) {
    return html`<div class="verdict running"><b>RUNNING</b><span>${running?.name ?? ''}</span></div>`;
  }
  const reasons = verdict.reasons.map(reason => html`<span>${reason}</span>`);
  return html`<div class="verdict ${verdict.outcome}"><b>${verdict.outcome === 'passed' ? '✔ PASSED' : '✘ FAILED'}</b>${reasons}</div>`;
}

export function renderFleet(sites: readonly SiteModel[], marks: Marks): Html {
  const cards = sites.map(site => {
    const { etcd, nodes } = site;
    const member =
      etcd === null
        ? html``
        : html`<li class="etcd ${etcd.isHealthy ? '' : 'down'}"><span class="dot"></span>${etcd.name}${etcd.isLeader ? html`<span class="tag">leads etcd</span>` : html``}${etcd.isHealthy ? html`` : html`<span class="tag bad">not healthy</span>`}</li>`;
    return html`<article class="site ${site.isCutOff ? 'cut' : ''}"><h3>${site.name}<small>${site.isCutOff ? 'cut off' : site.cloud}</small></h3><ul>${nodes.map(node => renderNode(node, marks))}${member}</ul></article>`;
  });
  return html`<section class="fleet" aria-label="Fleet"><h2>Fleet</h2>${cards}</section>`;
}

function renderNode(node: NodeModel, marks: Marks): Html {
  const mark = marks.get(node.name);
  const claim = node.holdsClaim ? html`<span class="tag claimed">claim</span>` : html``;
  const note = node.note === '' ? html`` : html`<small>${node.note}</small>`;
  return html`<li class="node ${node.role}"><i class="cell small ${mark?.className ?? 'none'}">${mark?.letter ?? '?'}</i><span class="who"><b>${node.name}</b> <small>zone ${node.zone}</small></span><span class="role">${node.role}</span>${claim}<code>${node.image.split('/').at(-1) ?? ''}</code>${note}</li>`;
}

const marksOfSteps: Record<PageStep['outcome'], string> = {
  passed: '✔',
  failed: '✘',
  skipped: '–',
  running: '▶',
  waiting: '·',
};

export function renderSteps(steps: readonly PageStep[]): Html {
  const items = steps.map(({ name, outcome, seconds, note, files = [] }) => {
    const time = seconds === null ? '' : duration(seconds * 1000);
    const links = files.map(file => html`<small><a href="${file}">${file}</a></small>`);
    return html`<li class="${outcome}"><span class="mark" aria-label="${outcome}">${marksOfSteps[outcome]}</span><span>${name}${note === '' ? html`` : html`<small>${note}</small>`}${links}</span><time>${time}</time></li>`;
  });
  return html`<section class="steps" aria-label="Steps"><h2>Steps</h2><ol>${items}</ol></section>`;
}

/** `8.1 s`, `3 min 12 s`. */
function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}
