// The shapes of GitHub's answers: bodies, errors and pages.

import type { BasicError, ValidationError } from './schemas.ts';

export interface Reply {
  status: number;
  body?: unknown;
  /** For the Link header: how long the whole list is. */
  page?: { number: number; size: number; total: number };
}

const documentation = 'https://docs.github.com/rest';

export function ok(body: unknown): Reply {
  return { status: 200, body };
}

export function created(body: unknown): Reply {
  return { status: 201, body };
}

export function noContent(): Reply {
  return { status: 204 };
}

/** An error without details, such as 404, 405 or 409. */
export function problem(status: number, message: string): Reply {
  return { status, body: { message, documentation_url: documentation, status: String(status) } satisfies BasicError };
}

export function notFound(): Reply {
  return problem(404, 'Not Found');
}

/** 422. `code` is one of missing, missing_field, invalid, already_exists, unprocessable, custom. */
export function invalid(resource: string, field: string, code: string, message?: string): Reply {
  const error = message === undefined ? { resource, field, code } : { resource, field, code, message };
  const body = {
    message: 'Validation Failed',
    errors: [error],
    documentation_url: documentation,
    status: '422',
  } satisfies ValidationError & { status: string };
  return { status: 422, body };
}

/** One page of a list, by the query's `page` and `per_page` (30 by default, 100 at most). */
export function paginate<T>(items: readonly T[], query: URLSearchParams): Reply {
  const size = Math.min(100, Math.max(1, Number(query.get('per_page') ?? 30) || 30));
  const number = Math.max(1, Number(query.get('page') ?? 1) || 1);
  return {
    status: 200,
    body: items.slice((number - 1) * size, number * size),
    page: { number, size, total: items.length },
  };
}

/** The Link header of a page; undefined when there is but one. */
export function renderLinks(url: URL, page: NonNullable<Reply['page']>): string | undefined {
  const last = Math.max(1, Math.ceil(page.total / page.size));
  if (last === 1) return undefined;
  const link = (number: number, relation: string) => {
    const target = new URL(url);
    target.searchParams.set('page', String(number));
    return `<${target.href}>; rel="${relation}"`;
  };
  const back = page.number > 1 ? [link(page.number - 1, 'prev'), link(1, 'first')] : [];
  const forth = page.number < last ? [link(page.number + 1, 'next'), link(last, 'last')] : [];
  return [...back, ...forth].join(', ');
}
