import { escapePath, get, members } from '@esox/gjson';
import { ProviderError } from '../provider/errors.ts';
import type { DocumentSyntax, PropertyStep, SecretValue } from '../provider/provider.ts';
import { Sealed } from '../provider/sealed.ts';
import { compactJson, jsonObject, jsonString } from './json-text.ts';

type Content = SecretValue['content'];
type Fields = ReadonlyMap<string, Sealed>;

/** A JSON value in a document: `raw` is its source text, `text` what it stands for. */
interface JsonValue {
  readonly type: string;
  readonly raw: string;
  readonly text: string;
}

const plain = { escapeHtml: false };
/** As Go's marshaller writes nested values; users see it. */
const escaped = { escapeHtml: true };

/** The whole content as one value: named fields become a JSON object. */
export function wholeContent(content: Content): Sealed {
  if (Sealed.is(content)) return content;
  return Sealed.text(
    jsonObject(new Map([...content].map(([key, field]) => [key, jsonString(field.openText(), plain)])), plain),
  );
}

/** What the property names. Throws `not-found` or `invalid-ref`, as the provider has it, where there is no such property. */
export function propertyOf(content: Content, property: string, syntax: DocumentSyntax): Sealed {
  for (const step of syntax.property) {
    const found = Sealed.is(content)
      ? inDocument(content.openText(), property, step)
      : inFields(content, property, step);
    if (found) return found;
  }
  throw new ProviderError(syntax.missingProperty, `the secret has no property ${JSON.stringify(property)}`);
}

function inDocument(document: string, property: string, step: PropertyStep): Sealed | undefined {
  if (step === 'key') {
    const member = members(document)?.get(property);
    return member && Sealed.text(sourceText(member));
  }
  if (step === 'field-path') return behindMember(document, property);
  const path = step === 'escaped' ? property.replaceAll('.', '\\.') : property;
  return atPath(document, path);
}

function inFields(fields: Fields, property: string, step: PropertyStep): Sealed | undefined {
  if (step === 'key') return fields.get(property);
  if (step !== 'field-path') return inDocument(wholeContent(fields).openText(), property, step);
  const dot = property.indexOf('.');
  const field = fields.get(property.slice(0, dot))?.openText();
  const path = property.slice(dot + 1);
  if (dot <= 0 || path === '' || field === undefined) return undefined;
  // A label such as `app.kubernetes.io/name` can only be named whole.
  return atPath(field, path) ?? atPath(field, escapePath(path));
}

/** Labels and annotations: their names hold dots, and an annotation may hold JSON itself. */
function behindMember(document: string, property: string): Sealed | undefined {
  const dot = property.indexOf('.');
  const member = members(document)?.get(property.slice(0, dot));
  const rest = property.slice(dot + 1);
  if (dot <= 0 || rest === '' || member === undefined) return undefined;
  return inDocument(member.text, rest, 'key') ?? atPath(member.text, rest) ?? behindMember(member.text, rest);
}

function atPath(document: string, path: string): Sealed | undefined {
  const found = get(document, path);
  return found.exists ? Sealed.text(found.text) : undefined;
}

/** A member as it stands: a number keeps its digits. */
function sourceText(value: JsonValue): string {
  if (value.type === 'null') return '';
  return value.type === 'number' ? value.raw : value.text;
}

/** The content as keys and values (`dataFrom.extract`). Throws `invalid-ref` where it is no object. */
export function mapOf(content: Content, property: string | undefined, syntax: DocumentSyntax): Map<string, Sealed> {
  const whole = property ? propertyOf(content, property, syntax) : content;
  if (!Sealed.is(whole)) return new Map(whole);
  const object = members(whole.openText());
  if (!object) {
    const what = property ? `property ${JSON.stringify(property)}` : 'the secret';
    throw new ProviderError('invalid-ref', `${what} is not a JSON object, so it has no keys to extract`);
  }
  return new Map([...object].map(([key, value]) => [key, Sealed.text(memberText(value, syntax.map))]));
}

function memberText(value: JsonValue, flavour: DocumentSyntax['map']): string {
  if (flavour === 'encoded') return compactJson(value.raw, plain) ?? value.raw;
  if (value.type !== 'json') return sourceText(value);
  return flavour === 'decoded' ? (compactJson(value.raw, escaped) ?? value.raw) : value.raw;
}
