{{- define "producer.selector" -}}
app.kubernetes.io/name: block-producer
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "producer.labels" -}}
{{ include "producer.selector" . }}
app.kubernetes.io/part-of: active-eos
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
active-eos/producer: {{ .Values.chain.producer | quote }}
{{- end }}

{{- /* No key stands here: nodeos asks the monitor's socket. A path after .sock would make it spin (nodeos' URL parser). */}}
{{- define "producer.config" -}}
agent-name = {{ .Release.Name }}
producer-name = {{ .Values.chain.producer }}
signature-provider = {{ .Values.chain.publicKey }}=KEOSD:unix:///run/signer/signer.sock
keosd-provider-timeout = {{ .Values.nodeos.signerTimeoutMs }}
# Who produces is decided by the claim; a node comes up paused and is resumed by its monitor.
pause-on-startup = true
enable-stale-production = false
production-pause-vote-timeout-ms = 0
produce-block-offset-ms = {{ .Values.chain.produceBlockOffsetMs }}
http-server-address = 127.0.0.1:8888
p2p-listen-endpoint = 0.0.0.0:9876
{{- range .Values.chain.peers }}
p2p-peer-address = {{ . }}
{{- end }}
{{- range .Values.nodeos.plugins }}
plugin = {{ . }}
{{- end }}
{{- range .Values.nodeos.extraConfig }}
{{ . }}
{{- end }}
{{- end }}

{{- define "producer.monitorConfig" -}}
{{- $tls := "/etc/active-eos/etcd" }}
{{- $etcd := dict "endpoints" .Values.etcd.endpoints "sites" .Values.etcd.sites "leader" .Values.etcd.leader "caFile" (print $tls "/ca.crt") "certFile" (print $tls "/tls.crt") "keyFile" (print $tls "/tls.key") }}
{{- dict
  "node" .Release.Name
  "site" .Values.site
  "zone" .Values.zone
  "priority" (int .Values.priority)
  "producer" .Values.chain.producer
  "chainId" .Values.chain.id
  "publicKey" .Values.chain.publicKey
  "prefix" .Values.etcd.prefix
  "nodeosUrl" "http://127.0.0.1:8888"
  "signerSocket" "/run/signer/signer.sock"
  "keyFile" "/etc/active-eos/key/key"
  "produceBlockOffsetMs" (int .Values.chain.produceBlockOffsetMs)
  "minPeers" (int .Values.monitor.minPeers)
  "claimAhead" (int .Values.etcd.claimAhead)
  "p2pPort" 9876
  "soloFolder" "/data/active-eos"
  "listen" (dict "host" "0.0.0.0" "port" (int .Values.monitor.port))
  "etcd" $etcd
  | toPrettyJson }}
{{- end }}

{{- define "producer.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}
