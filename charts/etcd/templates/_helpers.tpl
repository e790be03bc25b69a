{{- define "etcd.selector" -}}
app.kubernetes.io/name: etcd
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "etcd.labels" -}}
{{ include "etcd.selector" . }}
app.kubernetes.io/part-of: active-eos
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "etcd.initialCluster" -}}
{{- $entries := list -}}
{{- range .Values.initialCluster -}}
{{- $entries = append $entries (printf "%s=https://%s:%v" .name .address .peerPort) -}}
{{- end -}}
{{- join "," $entries -}}
{{- end }}

{{- define "etcd.probe" -}}
httpGet:
  {{- if .hostNetwork }}
  host: 127.0.0.1
  {{- end }}
  path: {{ .path }}
  port: {{ .port }}
{{- end }}
