{{- define "strongroom.name" -}}
{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- /* What the pods of one component are found by: dict "root" $ "component" "api". */}}
{{- define "strongroom.selector" -}}
app.kubernetes.io/name: strongroom
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "strongroom.labels" -}}
{{ include "strongroom.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "strongroom.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- /* The parts of a pod that are alike everywhere. */}}
{{- define "strongroom.pod" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  # Files of Secrets belong to root; the group lets the server read them.
  fsGroup: 65532
  seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "strongroom.container" -}}
image: {{ include "strongroom.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end }}

{{- /* Variables that every server takes: dict "root" $ "role" "api". */}}
{{- define "strongroom.environment" -}}
- { name: STRONGROOM_ROLE, value: {{ .role }} }
- { name: STRONGROOM_MODE, value: {{ .root.Values.mode }} }
- { name: STRONGROOM_HOST, value: 0.0.0.0 }
- { name: STRONGROOM_LOG, value: {{ .root.Values.log.form }} }
- { name: STRONGROOM_LOG_LEVEL, value: {{ .root.Values.log.level }} }
{{- with .root.Values.acquirerTimeoutMs }}
- { name: STRONGROOM_ACQUIRER_TIMEOUT_MS, value: {{ . | int | toString | quote }} }
{{- end }}
- { name: STRONGROOM_LINK_CERT_FILE, value: /run/strongroom/link/tls.crt }
- { name: STRONGROOM_LINK_KEY_FILE, value: /run/strongroom/link/tls.key }
- { name: STRONGROOM_LINK_CA_FILE, value: /run/strongroom/link/ca.crt }
{{- include "strongroom.databaseUrl" (index .root.Values .role).databaseSecret }}
{{- if ne .role "worker" }}
{{- if (index .root.Values .role).tlsSecret }}
- { name: STRONGROOM_TLS_CERT_FILE, value: /run/strongroom/tls/tls.crt }
- { name: STRONGROOM_TLS_KEY_FILE, value: /run/strongroom/tls/tls.key }
{{- else if .root.Values.trustedProxy }}
- { name: STRONGROOM_TRUSTED_PROXY, value: {{ .root.Values.trustedProxy | quote }} }
{{- else if eq .root.Values.mode "production" }}
{{- fail (printf "Production needs TLS: give trustedProxy, or %s.tlsSecret." .role) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "strongroom.databaseUrl" }}
- name: STRONGROOM_DATABASE_URL
  valueFrom: { secretKeyRef: { name: {{ .name }}, key: {{ .key }} } }
{{- end }}

{{- /* Mounts and volumes of one role: its own Secrets and one folder to write to. */}}
{{- define "strongroom.mounts" -}}
- { name: data, mountPath: /var/lib/strongroom }
- { name: link, mountPath: /run/strongroom/link, readOnly: true }
{{- with index .root.Values .role }}
{{- if .databaseCaSecret }}
- { name: database-ca, mountPath: /run/strongroom/database, readOnly: true }
{{- end }}
{{- if .tlsSecret }}
- { name: tls, mountPath: /run/strongroom/tls, readOnly: true }
{{- end }}
{{- end }}
{{- end }}

{{- define "strongroom.volumes" -}}
- { name: data, emptyDir: { sizeLimit: 256Mi } }
{{- with index .root.Values .role }}
- { name: link, secret: { secretName: {{ .linkSecret }}, defaultMode: 0440 } }
{{- if .databaseCaSecret }}
- { name: database-ca, secret: { secretName: {{ .databaseCaSecret }}, defaultMode: 0440 } }
{{- end }}
{{- if .tlsSecret }}
- { name: tls, secret: { secretName: {{ .tlsSecret }}, defaultMode: 0440 } }
{{- end }}
{{- end }}
{{- end }}

{{- /* dict "port" "api" "isEncrypted" false. Restart on live, route on ready. */}}
{{- define "strongroom.probes" -}}
{{- $scheme := ternary "HTTPS" "HTTP" .isEncrypted -}}
startupProbe:
  httpGet: { path: /health/live, port: {{ .port }}, scheme: {{ $scheme }} }
  periodSeconds: 1
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /health/live, port: {{ .port }}, scheme: {{ $scheme }} }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  httpGet: { path: /health/ready, port: {{ .port }}, scheme: {{ $scheme }} }
  periodSeconds: 3
  timeoutSeconds: 3
  failureThreshold: 2
# Proxies learn late that a pod ends: it goes on answering meanwhile.
lifecycle:
  preStop: { sleep: { seconds: 5 } }
{{- end }}

{{- /* Pods of one role apart from each other, as far as there is room. */}}
{{- define "strongroom.placement" -}}
# 5 s before SIGTERM, 10 s after it, and some to spare.
terminationGracePeriodSeconds: 30
topologySpreadConstraints:
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "strongroom.selector" $ | nindent 8 }}
  {{- end }}
{{- with index .root.Values .component }}
{{- with .nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{- /* What every Deployment begins with. */}}
{{- define "strongroom.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "strongroom.name" .root }}-{{ .component }}
  labels: {{- include "strongroom.labels" . | nindent 4 }}
{{- end }}

{{- define "strongroom.podMetadata" -}}
labels: {{- include "strongroom.labels" . | nindent 2 }}
{{- with (index .root.Values .component).podAnnotations }}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
