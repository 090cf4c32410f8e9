/** One look at a container: a request, a connection or a command, by the rules of core/v1 Probe. */
import type { Probe } from '../../hub/api/container.ts';
import { probeHttp } from './http.ts';
import type { ProbeOutcome, ProbeTarget } from './probe.ts';
import { probeTcp } from './tcp.ts';

/** A ProbeRunner. API: timeoutSeconds is 1 unless set. */
export async function runProbe(probe: Probe, target: ProbeTarget): Promise<ProbeOutcome> {
  const timeout = (probe.timeoutSeconds ?? 1) * 1000;
  try {
    if (probe.httpGet !== undefined)
      return await probeHttp({ ...probe.httpGet, port: portOf(target, probe.httpGet.port) }, target.address, timeout);
    if (probe.tcpSocket !== undefined)
      return await probeTcp(probe.tcpSocket.host ?? target.address, portOf(target, probe.tcpSocket.port), timeout);
    if (probe.exec !== undefined) return await byCommand(probe.exec.command ?? [], target, timeout);
    return {
      ok: false,
      message: `this node cannot run probes of kind ${probe.grpc === undefined ? 'unknown' : 'grpc'}`,
    };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

async function byCommand(command: readonly string[], target: ProbeTarget, timeout: number): Promise<ProbeOutcome> {
  const { code, output } = await target.exec(command, timeout);
  return { ok: code === 0, message: output.slice(0, 1024) };
}

/** A port by number, or by its name in the container's ports. */
function portOf({ container }: ProbeTarget, port: number | string): number {
  if (typeof port === 'number') return port;
  const named = container.ports?.find(({ name }) => name === port)?.containerPort ?? Number(port);
  if (Number.isInteger(named) && named > 0) return named;
  throw new Error(`couldn't find port: "${port}"`);
}
