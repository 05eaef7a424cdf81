import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import IntlMessageFormat from 'intl-messageformat-2';
import ts from 'typescript';

const PUBLIC = path.join(__dirname, '..', '..', 'public');

/** The text of every `defaultMessage` in a source file. */
function messagesOf(file: string, source: string): string[] {
  const messages: string[] = [];
  const visit = (node: ts.Node): void => {
    const value = (ts.isPropertyAssignment(node) || ts.isJsxAttribute(node)) && node.name.getText() === 'defaultMessage' ? node.initializer : undefined;
    if (value) {
      const text = ts.isJsxExpression(value) ? value.expression : value;
      if (!text || !ts.isStringLiteralLike(text)) throw new Error(`${file}: a message is no plain text, so no translator could find it: ${value.getText()}`);
      messages.push(text.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true));
  return messages;
}

it('messages are read by Kibana 8, too, whose older parser knows no backslash', async () => {
  const files = (await readdir(PUBLIC, { recursive: true })).filter((name) => /\.tsx?$/.test(name));
  const messages = (await Promise.all(files.map(async (file) => messagesOf(file, await readFile(path.join(PUBLIC, file), 'utf8'))))).flat();
  expect(messages.length).toBeGreaterThan(500);
  const unread = messages.flatMap((message) => {
    try {
      new IntlMessageFormat(message, 'en');
      return [];
    } catch (error) {
      return [`${message}: ${(error as Error).message}`];
    }
  });
  expect(unread).toEqual([]);
});
