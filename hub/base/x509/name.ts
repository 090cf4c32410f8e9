/** Distinguished names (RFC 5280 4.1.2.4) with the two attributes identities here are made of: CN and O. */
import { children, type DerValue, der, oid, readOid, sequence, tag, utf8 } from './der.ts';

/** A subject. Organizations are what Kubernetes reads as groups. */
export interface DistinguishedName {
  readonly commonName: string;
  readonly organizations: readonly string[];
}

/** RFC 5280, appendix A.1: the attributes CN and O. */
export const commonNameOid = '2.5.4.3';
export const organizationOid = '2.5.4.10';

const attribute = (type: string, value: string): Buffer => der(tag.set, sequence(oid(type), utf8(value)));

/** Writes a name: organizations first, then the common name. */
export function encodeName(name: DistinguishedName): Buffer {
  return sequence(
    ...name.organizations.map((organization) => attribute(organizationOid, organization)),
    attribute(commonNameOid, name.commonName),
  );
}

function text(value: DerValue): string {
  const isText = value.tag === tag.utf8String || value.tag === tag.printableString || value.tag === tag.ia5String;
  if (!isText) throw new RangeError('the subject holds a value that is not text');
  return value.content.toString('utf8');
}

/** Reads a name; throws RangeError when it holds anything but one CN and some O, one attribute a part. */
export function decodeName(value: DerValue): DistinguishedName {
  const commonNames: string[] = [];
  const organizations: string[] = [];
  for (const part of children(value)) {
    const attributes = children(part);
    const [pair] = attributes;
    if (part.tag !== tag.set || attributes.length !== 1 || pair === undefined) {
      throw new RangeError('the subject is not a plain list of attributes');
    }
    const [type, content] = children(pair);
    if (type === undefined || content === undefined) throw new RangeError('the subject holds an empty attribute');
    const id = readOid(type);
    if (id === commonNameOid) commonNames.push(text(content));
    else if (id === organizationOid) organizations.push(text(content));
    else throw new RangeError(`the subject holds attribute ${id}, only CN and O are allowed`);
  }
  const [commonName] = commonNames;
  if (commonName === undefined || commonNames.length !== 1) throw new RangeError('the subject has not exactly one CN');
  return { commonName, organizations };
}
