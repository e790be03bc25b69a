// Faulty pull requests that change a chart, so that what it renders is no longer what the design rests on.

export interface ChartMutation {
  title: string;
  /** In charts/, and what is written there instead. */
  file: string;
  from: string | RegExp;
  to: string;
  rule: string;
  /** The path that is told. */
  at: string;
  /** Release of environments/example; aws-a when left out. */
  release?: string;
}

export const statefulSet = 'block-producer/templates/statefulset.yaml';
export const pod = 'spec.template.spec';
export const nodeos = `${pod}.containers[nodeos]`;
/** What comes before the first mount of nodeos. */
export const firstMount = /(containers:\n {8}- name: nodeos[\s\S]*volumeMounts:\n)/;
