/** The template of the population's Pods, and the fields of it that are owned. */
import { fields } from './stored.ts';

const containerFields = {
  '.': {},
  ...fields('name', 'image', 'imagePullPolicy', 'terminationMessagePath', 'terminationMessagePolicy'),
  'f:ports': {
    '.': {},
    'k:{"containerPort":8080,"protocol":"TCP"}': { '.': {}, ...fields('containerPort', 'protocol') },
  },
  'f:resources': { '.': {}, 'f:requests': { '.': {}, ...fields('cpu', 'memory') } },
};

/** The fields of a Pod's specification that whoever made it owns. */
export const specFields = {
  'f:containers': { 'k:{"name":"app"}': containerFields },
  ...fields('dnsPolicy', 'restartPolicy', 'schedulerName', 'securityContext', 'terminationGracePeriodSeconds'),
};

/** The one container of every Pod of an app. */
export const container = (app: string): object => ({
  name: 'app',
  image: `registry.example.com/${app}:1.4.2`,
  ports: [{ containerPort: 8080, protocol: 'TCP' }],
  resources: { requests: { cpu: '100m', memory: '64Mi' } },
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent',
});

/** The defaults of every Pod's specification. */
export const common = {
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  securityContext: {},
  schedulerName: 'default-scheduler',
};

/** A Deployment's template. */
export const template = (app: string, labels: object): object => ({
  metadata: { labels },
  spec: { containers: [container(app)], ...common },
});
