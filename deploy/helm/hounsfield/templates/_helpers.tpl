{{- define "hounsfield.labels" -}}
app.kubernetes.io/name: hounsfield
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .role }}
{{- end }}

{{- define "hounsfield.image" -}}
{{ index .root.Values.image .kind }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{- define "hounsfield.fromSecret" -}}
- name: {{ .name }}
  valueFrom: {secretKeyRef: {name: {{ .root.Values.secret | quote }}, key: {{ .key }}}}
{{- end }}

{{- define "hounsfield.platformEnv" -}}
{{- range $name, $key := dict
  "HOUNSFIELD_DATABASE_URL" "database-url"
  "HOUNSFIELD_BROKER_URL" "broker-url"
  "HOUNSFIELD_REDIS_URL" "redis-url"
  "HOUNSFIELD_STORAGE_URL" "storage-url"
  "HOUNSFIELD_S3_ACCESS_KEY" "s3-access-key"
  "HOUNSFIELD_S3_SECRET_KEY" "s3-secret-key"
  "HOUNSFIELD_SECRET_KEY" "secret-key"
  "HOUNSFIELD_METRICS_TOKEN" "metrics-token" }}
{{ include "hounsfield.fromSecret" (dict "root" $ "name" $name "key" $key) }}
{{- end }}
- name: FORWARDED_ALLOW_IPS
  value: {{ .Values.forwardedAllowIps | quote }}
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{- define "hounsfield.security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: {drop: [ALL]}
seccompProfile: {type: RuntimeDefault}
{{- end }}
