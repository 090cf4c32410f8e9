/** A kubeconfig that names one hub and one user. */

/** What goes into a kubeconfig; the certificates and the key are PEM. */
export interface KubeconfigOptions {
  readonly server: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** Name of cluster and context. */
  readonly name?: string;
}

/** The text of a kubeconfig file. */
export function kubeconfig(options: KubeconfigOptions): string {
  const name = options.name ?? 'coracle';
  const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
  return [
    'apiVersion: v1',
    'kind: Config',
    'clusters:',
    `- name: ${name}`,
    '  cluster:',
    `    certificate-authority-data: ${base64(options.ca)}`,
    `    server: ${options.server}`,
    'users:',
    `- name: ${name}-admin`,
    '  user:',
    `    client-certificate-data: ${base64(options.cert)}`,
    `    client-key-data: ${base64(options.key)}`,
    'contexts:',
    `- name: ${name}`,
    '  context:',
    `    cluster: ${name}`,
    `    user: ${name}-admin`,
    `current-context: ${name}`,
    '',
  ].join('\n');
}
