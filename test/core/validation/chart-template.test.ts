import test from 'ava';
import { findUnsteady } from '#core/validation/chart-template.ts';

const found = test.macro<[string, { word: string; line: number } | undefined]>({
  exec: (t, template, expected) => t.deepEqual(findUnsteady(template), expected),
  title: (_provided, template) => `${JSON.stringify(template)} is judged`,
});

test(found, 'a: 1\n{{- if .Release.IsUpgrade }}', { word: '.Release', line: 2 });
test(found, '{{ $.Release.Revision }}', { word: '.Release', line: 1 });
test(found, '{{ toYaml .Release }}', { word: '.Release', line: 1 });
test(found, '{{ index .Release "IsUpgrade" }}', { word: '.Release', line: 1 });
test(found, '{{ index . "Release" "IsUpgrade" }}', { word: 'index .', line: 1 });
test(found, '{{ .Capabilities.KubeVersion }}', { word: '.Capabilities', line: 1 });
test(found, '{{ if\n(lookup "v1" "Secret" "a" "b") }}', { word: 'lookup', line: 2 });
test(found, '{{ now }}', { word: 'now', line: 1 });
test(found, '{{ "a" | randAlphaNum }}', { word: 'randAlphaNum', line: 1 });
test(found, '{{ tpl (.Files.Get "x") . }}', { word: 'tpl', line: 1 });
test(found, '{{ .Release.Name }} {{ .Release.Namespace }} {{ .Release.Service }}', undefined);
test(found, '{{- /* now and then: lookup */}} {{ .Values.now }} {{ "right now" }} now', undefined);
