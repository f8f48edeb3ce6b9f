import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiVersions } from '../../../src/domain/versions.ts';
import { type ApiDocument, apiDocument, bodyChecker } from './api-documents.ts';
import { merchantHeaders, openListeners, type Reply, send } from './listeners.fixture.ts';
import { ownDocuments } from './own-document.ts';

const ownDocument = ownDocuments();

const url = 'https://example.com/incoming-events';
const one = '/webhooks/{subscriptionId}';
const secrets = `${one}/secrets`;
const secret = `${secrets}/{secretId}`;

/** Refusals that any call may give, beside those that its entry lists. */
const refusalsOfAll = [400, 401, 403, 404, 409, 413, 415];

type Listed = { readonly $ref?: string; readonly type?: string; readonly items?: { readonly $ref?: string } };

/** The named schema of an answer, and whether the answer is a list of it. */
const schemaOf = (document: ApiDocument, template: string, method: string, status: number) => {
  const listed = document.paths[template]?.[method.toLowerCase()]?.responses[String(status)] as
    | Listed
    | null
    | undefined;
  const reference = listed?.$ref ?? listed?.items?.$ref;
  return { isListed: listed !== undefined, isList: listed?.type === 'array', name: reference?.split('/').at(-1) };
};

const errorSchema = (document: ApiDocument): string =>
  'ErrorResponse' in document.schemas ? 'ErrorResponse' : 'ProblemDetails';

for (const version of apiVersions) {
  test(`every call about webhooks answers as the document of ${version} says`, async (t) => {
    const { apiUrl } = await openListeners(t);
    const document = apiDocument(version);
    const check = bodyChecker(document);
    const covered = new Set<string>();
    const call = async (
      method: string,
      template: string,
      expect: number,
      options: { ids?: Record<string, string>; body?: unknown; headers?: Record<string, string> } = {},
    ): Promise<Reply> => {
      const path = template.replace(/\{(\w+)\}/g, (_, name: string) => options.ids?.[name] ?? 'missing');
      const headers = { ...merchantHeaders(version), ...options.headers };
      const reply = await send(method, `${apiUrl}${path}`, { headers, body: options.body });
      assert.equal(reply.status, expect, `${method} ${template}: ${reply.text}`);
      (await ownDocument('api', apiUrl)).check(method, template, reply);
      const { isListed, isList, name } = schemaOf(document, template, method, expect);
      assert.ok(
        isListed || refusalsOfAll.includes(expect),
        `${method} ${template} has no answer ${expect} in ${version}`,
      );
      if (expect === 204) assert.equal(reply.text, '');
      else {
        const schema = name ?? errorSchema(document);
        const bodies = isList ? (reply.body as unknown as unknown[]) : [reply.body];
        for (const body of bodies)
          assert.deepEqual(check(schema, body), [], `${method} ${template} ${expect}: ${reply.text}`);
      }
      covered.add(`${method} ${template} ${expect < 400 ? 'success' : 'error'}`);
      return reply;
    };

    const stranger = { headers: { authorization: '' } };
    for (const [path, methods] of Object.entries(document.paths)) {
      if (!path.startsWith('/webhooks')) continue;
      for (const method of Object.keys(methods)) await call(method.toUpperCase(), path, 401, stranger);
    }
    const listed = (await call('GET', '/webhooks/events', 200)).body as unknown as { events: string[] }[];
    const names = listed.flatMap(({ events }) => events);
    assert.ok(names.includes('payment_intent.send-receipt') && names.includes('setup_intent.status_updated'));
    const body = { url, events: ['payment_intent.created', 'payment_intent.status_updated'] };
    const created = await call('POST', '/webhooks', 200, { body: { ...body, description: 'Demo' } });
    const ids = { subscriptionId: String(created.body['id']) };
    await call('POST', '/webhooks', 409, { body: { url, events: ['payment_intent.created', 'setup_intent.created'] } });
    await call('POST', '/webhooks', 200, { body: { url, events: ['setup_intent.created'], description: null } });
    for (const wrong of [
      {},
      { url },
      { ...body, events: [] },
      { ...body, events: ['payment_intent.unheard_of'] },
      { ...body, url: 'ftp://example.com/' },
      { ...body, url: 'https://10.0.0.1/' },
      { ...body, url: 'https://user:secret@example.com/' },
    ]) {
      await call('POST', '/webhooks', 400, { body: wrong });
    }
    assert.equal(((await call('GET', '/webhooks', 200)).body as unknown as unknown[]).length, 2);

    await call('PATCH', one, 200, { ids, body: { url: `${url}/2`, events: null, description: 'Moved' } });
    await call('PATCH', one, 409, { ids, body: { url, events: ['setup_intent.created'] } });
    await call('PATCH', one, 400, { ids, body: { url: 'no url' } });
    await call('PATCH', one, 404, { body: {} });
    const generated = await call('POST', secrets, 200, { ids });
    assert.equal(generated.body['id'], ids.subscriptionId);
    const [active, fresh] = generated.body['secrets'] as { id: string; isActive: boolean }[];
    assert.ok(active?.isActive === true && fresh?.isActive === false);
    await call('DELETE', secret, 409, { ids: { ...ids, secretId: active.id } });
    await call('PUT', `${secret}/activate`, 204, { ids: { ...ids, secretId: fresh.id } });
    await call('PUT', `${secret}/activate`, 404, { ids: { ...ids, secretId: 'sc_1' } });
    await call('DELETE', secret, 204, { ids: { ...ids, secretId: active.id } });
    for (let count = 1; count < 5; count += 1) await call('POST', secrets, 200, { ids });
    await call('POST', secrets, 409, { ids });
    await call('GET', secrets, 200, { ids });
    await call('GET', secrets, 404);
    await call('DELETE', one, 204, { ids });
    await call('DELETE', one, 404, { ids });
    await call('POST', '/webhooks', 200, { body });

    const called = Object.entries(document.paths)
      .filter(([path]) => path.startsWith('/webhooks'))
      .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
    const missing = called.flatMap((name) => [`${name} success`, `${name} error`]).filter((name) => !covered.has(name));
    assert.deepEqual(missing, []);
    assert.equal(called.length, 9);
  });
}
