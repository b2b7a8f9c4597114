{{- /* Parts that several templates share; never an object of its own. */ -}}
{{- define "labels" -}}
{{ include "selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "selector" -}}
app.kubernetes.io/name: streaming-wordcount-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "operatorRules" -}}
{{- /* What the code asks of the API server, verb by verb; no Secret, and no right to delete a claim, for it holds the state. */ -}}
- apiGroups: [streaming.wordcount.dev]
  resources: [streamingwordcounts]
  verbs: [get, list, watch, patch]
- apiGroups: [streaming.wordcount.dev]
  resources: [streamingwordcounts/status]
  verbs: [patch]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch, create, delete]
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, list, create, patch, delete]
- apiGroups: [""]
  resources: [services, serviceaccounts]
  verbs: [get, create, patch, delete]
- apiGroups: [""]
  resources: [persistentvolumeclaims]
  verbs: [get, create, patch]
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, create, patch, delete]
- apiGroups: [rbac.authorization.k8s.io]
  resources: [rolebindings]
  verbs: [get, create, patch, delete]
- apiGroups: [rbac.authorization.k8s.io]
  resources: [clusterroles]
  resourceNames:
    {{- range $.Files.Get "files/engines.yaml" | fromYamlArray }}
    - streaming-wordcount-{{ .name }}
    {{- end }}
  verbs: [bind]
- apiGroups: [""]
  resources: [events]
  verbs: [create]
{{- end }}
