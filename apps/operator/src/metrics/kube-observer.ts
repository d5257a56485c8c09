import type { KubeObserver } from '@esox/cluster/kube';
import type { OperatorLog } from '../log/log.ts';
import type { Metrics } from './metrics.ts';

/** What happens on the way to the API server, counted and logged. */
export function kubeObserver(metrics: Metrics, logger: OperatorLog): KubeObserver {
  return {
    request: (event) => metrics.request(event),
    warning: (text) => logger.warn({ warning: text }, 'the API server warns'),
    relisted: (event) => {
      metrics.relisted(event);
      logger.debug(event, 'listed anew');
    },
    watchFailed: ({ resource, error }) => {
      metrics.watchFailed(resource);
      logger.warn({ resource, code: error.code, reason: error.message }, 'a watch failed and goes on');
    },
    listenerFailed: ({ resource, error }) => logger.error({ resource, error }, 'unexpected error'),
  };
}
