// Applies the waivers of an environment.yaml: each excuses the breaches of one rule until its day.

import { mappingsIn, type Named, textOf } from '../environment/outline.ts';
import { nearest, renderPath } from '../environment/problem.ts';
import { isDay } from '../environment/quantity.ts';
import { findRule, ruleIds } from './catalog.ts';
import { at, type Subject } from './rule.ts';
import type { RuleProblem, WaivedProblem } from './verdict.ts';

interface Waiver {
  entry: Named;
  rule: string;
  /** Relative to the environment's folder; empty for all its files. */
  file: string;
  reason: string;
  until: string;
}

/**
 * @param today such as 2026-12-01; a waiver holds on its last day
 * @returns what is left, with what is wrong with the waivers themselves
 */
export function applyWaivers(
  subject: Subject,
  problems: readonly RuleProblem[],
  today: string,
): { problems: RuleProblem[]; waived: WaivedProblem[] } {
  const waivers = waiversOf(subject);
  const standing = waivers.filter(waiver => waiver.until >= today && findRule(waiver.rule)?.waivable === true);
  const used = new Set<Waiver>();
  const left: RuleProblem[] = [];
  const waived: WaivedProblem[] = [];
  for (const problem of problems) {
    const waiver = standing.find(each => excuses(each, problem, subject));
    if (waiver === undefined) left.push(problem);
    else {
      used.add(waiver);
      const { reason, until } = waiver;
      waived.push({ ...problem, reason, until, isNew: isNew(waiver, subject.base) });
    }
  }
  return {
    problems: [...left, ...waivers.flatMap(waiver => judgeWaiver(subject, waiver, used.has(waiver), today))],
    waived,
  };
}

/** Of an environment that is new everything is: nothing is marked. */
function isNew({ rule, file, reason, until }: Waiver, base: Subject | undefined): boolean {
  if (base === undefined) return false;
  return !waiversOf(base).some(
    each => each.rule === rule && each.file === file && each.reason === reason && each.until === until,
  );
}

/** Malformed ones are left out: the schema tells them. */
function waiversOf({ outline }: Subject): Waiver[] {
  return mappingsIn(outline.file.waivers, ['waivers']).flatMap(entry => {
    const { rule, file, reason, until } = entry.fields;
    const isWhole = textOf(rule) !== '' && textOf(reason).trim() !== '' && isDay(textOf(until));
    return isWhole
      ? [{ entry, rule: textOf(rule), file: textOf(file), reason: textOf(reason).trim(), until: textOf(until) }]
      : [];
  });
}

function excuses({ rule, file }: Waiver, problem: RuleProblem, { main }: Subject): boolean {
  const folder = main.file.slice(0, -'environment.yaml'.length);
  return rule === problem.rule && (file === '' || problem.file === `${folder}${file}`);
}

function judgeWaiver(subject: Subject, waiver: Waiver, isUsed: boolean, today: string): RuleProblem[] {
  const { entry, rule, until } = waiver;
  const known = findRule(rule);
  const path = [...entry.path, 'rule'];
  if (known?.waivable !== true) {
    const near = known === undefined ? nearest(rule, ruleIds()) : undefined;
    const found = known === undefined ? 'no rule' : 'a rule that is never waived';
    const remedy = near === undefined ? 'Remove it, and mend what the rule tells.' : `Did you mean ${near}?`;
    const message = `${renderPath(path)} is "${rule}", ${found}; expected a rule of docs/rules.md that may be waived. ${remedy}`;
    return [{ ...at(subject, path, message), rule: 'waiver-unknown', level: 'error' }];
  }
  if (until < today) {
    const where = [...entry.path, 'until'];
    const message = `${renderPath(where)} is ${until}, which is over; expected a day to come. Mend what it excused, or say why it needs longer.`;
    return [{ ...at(subject, where, message), rule: 'waiver-expired', level: 'error' }];
  }
  if (isUsed) return [];
  const message = `${renderPath(path)}: nothing here breaks the rule "${rule}"; expected a waiver that excuses something. Remove it.`;
  return [{ ...at(subject, path, message), rule: 'waiver-unused', level: 'warning' }];
}
