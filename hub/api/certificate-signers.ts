/** The signers every cluster has. API: Certificate Signing Requests, "Kubernetes signers". */

/** Clients of the API server. */
export const apiServerClientSigner = 'kubernetes.io/kube-apiserver-client';
/** Clients of the API server that are nodes. */
export const kubeletClientSigner = 'kubernetes.io/kube-apiserver-client-kubelet';
/** Servers of nodes. */
export const kubeletServingSigner = 'kubernetes.io/kubelet-serving';
