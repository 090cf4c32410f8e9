/** One look at a container: a request, a connection or a command, by the rules of core/v1 Probe. */
import type { Probe } from '../../hub/api/container.ts';
import { probeGrpc } from './grpc.ts';
import { probeHttp } from './http.ts';
import { portOf } from './port.ts';
import type { ProbeOutcome, ProbeTarget } from './probe.ts';
import { probeTcp } from './tcp.ts';

/** Characters of a command's output that are told. API: 10 KiB are read of it. */
const outputLimit = 10 * 1024;

/** A ProbeRunner. API: timeoutSeconds is 1 unless set. */
export async function runProbe(probe: Probe, target: ProbeTarget): Promise<ProbeOutcome> {
  const timeout = (probe.timeoutSeconds ?? 1) * 1000;
  const { httpGet, tcpSocket, grpc, exec } = probe;
  try {
    if (httpGet !== undefined)
      return await probeHttp({ ...httpGet, port: portOf(target.container, httpGet.port) }, target.address, timeout);
    if (tcpSocket !== undefined) {
      const host = tcpSocket.host === undefined || tcpSocket.host === '' ? target.address : tcpSocket.host;
      return await probeTcp(host, portOf(target.container, tcpSocket.port), timeout);
    }
    if (grpc !== undefined) return await probeGrpc(grpc, target.address, timeout);
    if (exec !== undefined) return await byCommand(exec.command ?? [], target, timeout);
    return { ok: false, message: 'missing probe handler', unknown: true };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

async function byCommand(command: readonly string[], target: ProbeTarget, timeout: number): Promise<ProbeOutcome> {
  try {
    const { code, output } = await target.exec(command, timeout);
    return { ok: code === 0, message: output.slice(0, outputLimit) };
  } catch (error) {
    // API: a command that could not be run says nothing about the container
    return { ok: false, unknown: true, message: error instanceof Error ? error.message : String(error) };
  }
}
