/** The part of dns-packet tests use: a second opinion on what goes over the wire. */
declare module 'dns-packet' {
  export interface Question {
    name: string;
    type: string;
    class?: string;
  }
  export interface Answer {
    name: string;
    type: string;
    ttl?: number;
    class?: string;
    flush?: boolean;
    data?: unknown;
    [field: string]: unknown;
  }
  export interface Packet {
    id?: number;
    type?: 'query' | 'response';
    flags?: number;
    rcode?: string;
    flag_tc?: boolean;
    flag_aa?: boolean;
    flag_ra?: boolean;
    questions?: Question[];
    answers?: Answer[];
    authorities?: Answer[];
    additionals?: Answer[];
  }
  export function encode(packet: Packet): Buffer;
  export function decode(
    bytes: Buffer,
  ): Packet & Required<Pick<Packet, 'questions' | 'answers' | 'authorities' | 'additionals'>>;
  export const RECURSION_DESIRED: number;
  export const TRUNCATED_RESPONSE: number;
}
