/** `kubectl describe` of every kind, with what each is described by, and of what the server has now. */
import assert from 'node:assert/strict';
import { deployment, kubectl, shellPod } from './suite.ts';

/** A manifest and what its description holds, in this order. */
type Described = readonly [object: string, manifest: string, holds: readonly RegExp[]];

const meta = (name: string): string => `metadata: {name: ${name}, labels: {app: x}, annotations: {note: y1}}`;
const template =
  '{metadata: {labels: {app: x}}, spec: {containers: [{name: c, image: i, resources: {limits: {cpu: 100m}}}]}}';

const kinds: readonly Described[] = [
  [
    'configmap/c',
    `apiVersion: v1\nkind: ConfigMap\n${meta('c')}\ndata: {key: text}\nbinaryData: {bin: AAA=}\n`,
    [/^Name: +c$/m, /^Labels: +app=x$/m, /^Annotations: +note: y1$/m, /^key:\n----\ntext\n/m, /^bin: 2 bytes$/m],
  ],
  [
    'secret/s',
    `apiVersion: v1\nkind: Secret\n${meta('s')}\nstringData: {p: secret}\n`,
    [/^Type: +Opaque$/m, /^p: +6 bytes$/m],
  ],
  [
    'serviceaccount/a',
    `apiVersion: v1\nkind: ServiceAccount\n${meta('a')}\nimagePullSecrets: [{name: s}]\n`,
    [/^Image pull secrets: +s( \(not found\))?$/m],
  ],
  [
    'service/web',
    `apiVersion: v1\nkind: Service\n${meta('web')}\nspec: {type: NodePort, selector: {app: x}, ports: [{name: http, port: 80, targetPort: 8080}]}\n`,
    [
      /^Selector: +app=x$/m,
      /^Type: +NodePort$/m,
      /^IP Family Policy: +SingleStack$/m,
      /^IP: +\d/m,
      /^Port: +http {2}80\/TCP$/m,
      /^TargetPort: +8080\/TCP$/m,
      /^NodePort: +http {2}\d+\/TCP$/m,
      /^Endpoints: *$/m,
    ],
  ],
  [
    'endpointslice/e',
    `apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n${meta('e')}\naddressType: IPv4\nports: [{name: http, port: 80}]\nendpoints: [{addresses: [192.0.2.1], conditions: {ready: true}, zone: z}]\n`,
    [/^AddressType: +IPv4$/m, /^ +http +80 +TCP$/m, /Addresses: +192\.0\.2\.1$/m, /Ready: +true$/m, /Zone: +z$/m],
  ],
  [
    'limitrange/l',
    `apiVersion: v1\nkind: LimitRange\n${meta('l')}\nspec: {limits: [{type: Pod, max: {memory: 64Gi}}]}\n`,
    [/^Type +Resource +Min +Max +Default Request +Default Limit +Max Limit\/Request Ratio$/m, /^Pod +memory +- +64Gi/m],
  ],
  [
    'resourcequota/q',
    `apiVersion: v1\nkind: ResourceQuota\n${meta('q')}\nspec: {hard: {configmaps: "50"}}\n`,
    [/^Resource +Used +Hard$/m, /^configmaps +\d+ +50$/m],
  ],
  [
    'persistentvolumeclaim/v',
    `apiVersion: v1\nkind: PersistentVolumeClaim\n${meta('v')}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}\n`,
    [
      /^StorageClass: +local-path$/m,
      /^Status: +Pending$/m,
      /^VolumeMode: +Filesystem$/m,
      /^Used By: +<none>$/m,
      /WaitForFirstConsumer +\d+s +persistentvolume-controller +waiting for first consumer/m,
    ],
  ],
  [
    'podtemplate/t',
    `apiVersion: v1\nkind: PodTemplate\n${meta('t')}\ntemplate: ${template}\n`,
    [/^API Version: +v1$/m, /Image: +i$/m],
  ],
  [
    'replicationcontroller/rc',
    `apiVersion: v1\nkind: ReplicationController\n${meta('rc')}\nspec: {replicas: 0, selector: {app: x}, template: ${template}}\n`,
    [/^Selector: +app=x$/m, /^Replicas: +0 current \/ 0 desired$/m, /^Pods Status: +0 Running/m, /^ +cpu: +100m$/m],
  ],
  [
    'replicaset/rs',
    `apiVersion: apps/v1\nkind: ReplicaSet\n${meta('rs')}\nspec: {replicas: 0, selector: {matchLabels: {app: x}}, template: ${template}}\n`,
    [/^Replicas: +0 current \/ 0 desired$/m],
  ],
  [
    'statefulset/ss',
    `apiVersion: apps/v1\nkind: StatefulSet\n${meta('ss')}\nspec: {replicas: 0, serviceName: web, selector: {matchLabels: {app: x}}, template: ${template}}\n`,
    [/^Replicas: +0 desired \| 0 total$/m, /^Update Strategy: +RollingUpdate$/m, /^Volume Claims: +<none>$/m],
  ],
  [
    'daemonset/ds',
    `apiVersion: apps/v1\nkind: DaemonSet\n${meta('ds')}\nspec: {selector: {matchLabels: {app: x}}, template: {metadata: {labels: {app: x}}, spec: {nodeSelector: {place: nowhere}, containers: [{name: c, image: i}]}}}\n`,
    [/^Node-Selector: +place=nowhere$/m, /^Desired Number of Nodes Scheduled: +0$/m, /^Pods Status: +0 Running/m],
  ],
  [
    'controllerrevision/cr',
    `apiVersion: apps/v1\nkind: ControllerRevision\n${meta('cr')}\nrevision: 3\ndata: {a: 1}\n`,
    [/^Revision: +3$/m],
  ],
  [
    'job/j',
    `apiVersion: batch/v1\nkind: Job\n${meta('j')}\nspec: {suspend: true, template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}\n`,
    [
      /^Parallelism: +1$/m,
      /^Completions: +1$/m,
      /^Completion Mode: +NonIndexed$/m,
      /^Suspend: +true$/m,
      /Suspended +\d+s +job-controller +Job suspended$/m,
    ],
  ],
  [
    'cronjob/cj',
    `apiVersion: batch/v1\nkind: CronJob\n${meta('cj')}\nspec: {schedule: "0 0 1 1 *", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}}}\n`,
    [
      /^Schedule: +0 0 1 1 \*$/m,
      /^Concurrency Policy: +Allow$/m,
      /^Suspend: +False$/m,
      /^Last Schedule Time: +<unset>$/m,
    ],
  ],
  [
    'horizontalpodautoscaler/h',
    `apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\n${meta('h')}\nspec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: none}, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]}\n`,
    [
      /^Reference: +Deployment\/none$/m,
      /resource cpu on pods.* <unknown> \/ 50%$/m,
      /^Min replicas: +1$/m,
      /^Max replicas: +3$/m,
    ],
  ],
  [
    'poddisruptionbudget/pdb',
    `apiVersion: policy/v1\nkind: PodDisruptionBudget\n${meta('pdb')}\nspec: {minAvailable: 1, selector: {matchLabels: {app: none}}}\n`,
    [
      /^Min available: +1$/m,
      /^Selector: +app=none$/m,
      /Allowed disruptions: +0$/m,
      /Current: +0$/m,
      /Desired: +1$/m,
      /NoPods +\S.* +controllermanager +No matching pods found$/m,
    ],
  ],
  [
    'ingress/i',
    `apiVersion: networking.k8s.io/v1\nkind: Ingress\n${meta('i')}\nspec: {ingressClassName: none, tls: [{hosts: [a.example], secretName: s}], rules: [{host: a.example, http: {paths: [{path: /x, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}\n`,
    [/^Ingress Class: +none$/m, /s terminates a\.example$/m, /^ +a\.example *$/m, /\/x +web:80 \(.*\)$/m],
  ],
  [
    'networkpolicy/np',
    `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n${meta('np')}\nspec: {podSelector: {matchLabels: {app: x}}, policyTypes: [Ingress], ingress: [{from: [{ipBlock: {cidr: 192.0.2.0/24}}], ports: [{port: 80}]}]}\n`,
    [/PodSelector: +app=x$/m, /To Port: 80\/TCP$/m, /CIDR: 192\.0\.2\.0\/24$/m, /Policy Types: Ingress$/m],
  ],
  [
    'role/r',
    `apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\n${meta('r')}\nrules: [{apiGroups: [""], resources: [pods], verbs: [get, list]}]\n`,
    [/^ +pods +\[\] +\[\] +\[get list\]$/m],
  ],
  [
    'rolebinding/rb',
    `apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\n${meta('rb')}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}\nsubjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: ann}]\n`,
    [/^ +Kind: +Role$/m, /^ +User +ann *$/m],
  ],
  [
    'lease/le',
    `apiVersion: coordination.k8s.io/v1\nkind: Lease\n${meta('le')}\nspec: {holderIdentity: me}\n`,
    [/Holder Identity: +me$/m],
  ],
  [
    'csistoragecapacity/sc',
    `apiVersion: storage.k8s.io/v1\nkind: CSIStorageCapacity\n${meta('sc')}\nstorageClassName: local-path\ncapacity: 1Gi\n`,
    [/^Capacity: +1Gi$/m],
  ],
  [
    'event/ev',
    `apiVersion: v1\nkind: Event\nmetadata: {name: ev}\ninvolvedObject: {kind: Pod, name: none, namespace: NAMESPACE}\nreason: Tried\nmessage: words\ntype: Normal\nfirstTimestamp: "2026-01-01T00:00:00Z"\n`,
    [/^Reason: +Tried$/m, /^Message: +words$/m],
  ],
];

const clusterKinds: readonly Described[] = [
  [
    'persistentvolume/NAME',
    `apiVersion: v1\nkind: PersistentVolume\n${meta('NAME')}\nspec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], storageClassName: none, hostPath: {path: /tmp/none}}\n`,
    [
      /^StorageClass: +none$/m,
      /^Status: +(Available|Pending)$/m,
      /^Reclaim Policy: +Retain$/m,
      /^Capacity: +1Gi$/m,
      /Type: +HostPath/m,
    ],
  ],
  [
    'storageclass/NAME',
    `apiVersion: storage.k8s.io/v1\nkind: StorageClass\n${meta('NAME')}\nprovisioner: example.org/x\n`,
    [
      /^IsDefaultClass: +No$/m,
      /^Provisioner: +example\.org\/x$/m,
      /^ReclaimPolicy: +Delete$/m,
      /^VolumeBindingMode: +Immediate$/m,
    ],
  ],
  [
    'priorityclass/NAME',
    `apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\n${meta('NAME')}\nvalue: 7\ndescription: words\n`,
    [/^Value: +7$/m, /^GlobalDefault: +false$/m, /^Description: +words$/m],
  ],
  [
    'runtimeclass/NAME',
    `apiVersion: node.k8s.io/v1\nkind: RuntimeClass\n${meta('NAME')}\nhandler: none\n`,
    [/^Handler: +none$/m],
  ],
  [
    'ingressclass/NAME',
    `apiVersion: networking.k8s.io/v1\nkind: IngressClass\n${meta('NAME')}\nspec: {controller: example.org/x}\n`,
    [/^Controller: +example\.org\/x$/m],
  ],
  [
    'clusterrole/NAME',
    `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n${meta('NAME')}\nrules: [{nonResourceURLs: [/x], verbs: [get]}]\n`,
    [/^ +\[\/x\] +\[\] +\[get\]$/m],
  ],
  [
    'clusterrolebinding/NAME',
    `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\n${meta('NAME')}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: NAME}\nsubjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: crew}]\n`,
    [/^ +Group +crew *$/m],
  ],
  [
    'csidriver/NAME',
    `apiVersion: storage.k8s.io/v1\nkind: CSIDriver\n${meta('NAME')}\nspec: {attachRequired: false}\n`,
    [/Attach Required: +false$/m],
  ],
  [
    'flowschema/NAME',
    `apiVersion: flowcontrol.apiserver.k8s.io/v1\nkind: FlowSchema\n${meta('NAME')}\nspec: {priorityLevelConfiguration: {name: global-default}, matchingPrecedence: 9000}\n`,
    [/Matching Precedence: +9000$/m],
  ],
  [
    'prioritylevelconfiguration/NAME',
    `apiVersion: flowcontrol.apiserver.k8s.io/v1\nkind: PriorityLevelConfiguration\n${meta('NAME')}\nspec: {type: Limited, limited: {nominalConcurrencyShares: 1, limitResponse: {type: Reject}}}\n`,
    [/Nominal Concurrency Shares: +1$/m],
  ],
  [
    'validatingadmissionpolicy/NAME',
    `apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\n${meta('NAME')}\nspec: {matchConstraints: {resourceRules: [{apiGroups: [example.org], apiVersions: [v1], operations: [CREATE], resources: [boats]}]}, validations: [{expression: "true"}]}\n`,
    [/Expression: +true$/m],
  ],
  [
    'validatingadmissionpolicybinding/NAME',
    `apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\n${meta('NAME')}\nspec: {policyName: none, validationActions: [Deny]}\n`,
    [/Policy Name: +none$/m],
  ],
  [
    'validatingwebhookconfiguration/NAME',
    `apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\n${meta('NAME')}\nwebhooks: []\n`,
    [/^Kind: +ValidatingWebhookConfiguration$/m],
  ],
  [
    'mutatingwebhookconfiguration/NAME',
    `apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\n${meta('NAME')}\nwebhooks: []\n`,
    [/^Kind: +MutatingWebhookConfiguration$/m],
  ],
  [
    'servicecidr/NAME',
    `apiVersion: networking.k8s.io/v1\nkind: ServiceCIDR\n${meta('NAME')}\nspec: {cidrs: [203.0.113.0/24]}\n`,
    [/^CIDRs: +203\.0\.113\.0\/24$/m],
  ],
];

kubectl('describe every kind with a namespace', async (shell) => {
  const text = kinds.map(([, manifest]) => manifest.replaceAll('NAMESPACE', shell.namespace)).join('---\n');
  await shell.run(['create', '-f', '-'], text);
  // what controllers add
  await shell.until('pvc v', '{.status.phase}', /Pending/);
  await shell.until('pdb pdb', '{.status.expectedPods}', /0/);
  await shell.until('events', '{.items[*].reason}', /(?=.*WaitForFirstConsumer)(?=.*Suspended)(?=.*NoPods)/);
  await shell.until('quota q', '{.status.used.configmaps}', /\d/);
  for (const [object, , holds] of kinds) {
    const described = await shell.run(['describe', object]);
    for (const pattern of holds) assert.match(described, pattern, object);
  }
});

kubectl('describe every kind without a namespace', async (shell) => {
  for (const [object] of clusterKinds)
    shell.after(() => shell.both(['delete', object.replace('NAME', shell.namespace), '--wait=false']));
  await shell.run(
    ['create', '-f', '-'],
    clusterKinds.map(([, manifest]) => manifest.replaceAll('NAME', shell.namespace)).join('---\n'),
  );
  for (const [object, , holds] of clusterKinds) {
    const described = await shell.run(['describe', object.replace('NAME', shell.namespace)]);
    for (const pattern of holds) assert.match(described, pattern, object);
  }
});

kubectl('describe a Pod, its Deployment, its ReplicaSet and its Namespace as they live', async (shell) => {
  await shell.run(['create', '-f', '-'], deployment('d', 1));
  await shell.run(['create', 'quota', 'q', '--hard=pods=9']);
  await shell.run(['rollout', 'status', 'deployment/d', '--timeout=40s']);
  await shell.until('events', '{.items[*].reason}', /Started/);
  const pod = await shell.run(['describe', 'pod', '-l', 'app=d']);
  const parts = [
    /^Priority: +0$/m,
    /^Service Account: +default$/m,
    /^Node: +node-a\/\d/m,
    /^Status: +Running$/m,
    /^Controlled By: +ReplicaSet\/d-/m,
    /Container ID: +process:\/\//,
    /State: +Running\n +Started:/,
    /^ +Ready +True *$/m,
    /^QoS Class: +BestEffort$/m,
    /node\.kubernetes\.io\/not-ready:NoExecute op=Exists for 300s/,
    /Normal +Scheduled[\s\S]*Normal +Created[\s\S]*Normal +Started/,
  ];
  for (const pattern of parts) assert.match(pod, pattern);
  const whole = await shell.run(['describe', 'deployment', 'd']);
  assert.match(whole, /^Replicas: +1 desired \| 1 updated \| 1 total \| 1 available \| 0 unavailable$/m);
  assert.match(whole, /^NewReplicaSet: +d-\w+ \(1\/1 replicas created\)$/m);
  assert.match(whole, /ScalingReplicaSet +\d+s +deployment-controller +Scaled up replica set d-\w+ from 0 to 1$/m);
  const set = await shell.run(['describe', 'rs', '-l', 'app=d']);
  assert.match(set, /^Pods Status: +1 Running[\s\S]*SuccessfulCreate +\d+s +replicaset-controller +Created pod: d-/m);
  const namespace = await shell.run(['describe', 'ns', shell.namespace]);
  assert.match(namespace, /^Status: +Active\n\nResource Quotas\n {2}Name: +q\n[\s\S]*pods +1 +9$/m);
  assert.match(await shell.fails(['describe', 'pod', 'none']), /pods "none" not found/);
});

kubectl('describe a Pod that fails: its state, its reason, its exit code, its back-off', async (shell) => {
  await shell.run(['create', '-f', '-'], shellPod('p', { main: 'echo gone; exit 3' }));
  await shell.until('events', '{.items[*].reason}', /BackOff/);
  const pod = await shell.run(['describe', 'pod', 'p']);
  assert.match(pod, /Last State: +Terminated\n +Reason: +Error\n +Exit Code: +3\n/);
  assert.match(pod, /Restart Count: +[1-9]/);
  assert.match(pod, /Warning +BackOff +.*kubelet +Back-off restarting failed container main in pod p_/);
  const without = await shell.run(['describe', 'pod', 'p', '--show-events=false']);
  assert.doesNotMatch(without, /^Events:/m);
});

kubectl('describe the Node', async (shell) => {
  const node = await shell.run(['describe', 'node', 'node-a']);
  const parts = [
    /^Taints: +<none>$/m,
    /HolderIdentity: +node-a$/m,
    /^ +Ready +True .*KubeletReady/m,
    /InternalIP: +\d/,
    /^ +pods: +110$/m,
  ];
  for (const pattern of parts) assert.match(node, pattern);
  assert.match(node, /Container Runtime Version: +process:\/\//);
  assert.match(node, /^Non-terminated Pods: +\(\d+ in total\)$/m);
  assert.match(node, /^Allocated resources:\n[\s\S]*^ +cpu +/m);
});
