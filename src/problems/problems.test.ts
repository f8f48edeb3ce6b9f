import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { problem, problemCodes, problemStatus, renderProblem } from './problems.ts';

const traceId = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';

test('every code renders a whole problem document with its own status', () => {
  for (const code of problemCodes) {
    const body = renderProblem(problem(code), traceId);
    assert.equal(body.type, `urn:strongroom:problem:${code}`);
    assert.equal(body.status, problemStatus(code));
    assert.ok(body.status >= 400 && body.status < 600, code);
    assert.match(body.title, /^[A-Z].*\.$/, code);
    assert.match(body.detail, /^[A-Z].*\.$/, code);
    assert.equal(body.traceId, traceId);
    assert.equal('errors' in body, false);
  }
});

test('titles tell codes apart', () => {
  const titles = problemCodes.map((code) => renderProblem(problem(code), traceId).title);
  assert.deepEqual(
    titles.filter((title, index) => titles.indexOf(title) !== index).sort(),
    // One pair on purpose: the same fact, once as a missing object of the path and once as a bad field of the body.
    ['The setup intent does not exist.'],
  );
});

test('the status of the intent that refuses is said before what to do', () => {
  const { detail } = renderProblem(problem('setup-intent-ended', { intentStatus: 'Expired' }), traceId);
  assert.equal(detail, 'Its status is Expired. A final status cannot change.');
});

test('a more exact detail and field errors replace the defaults', () => {
  const refusal = problem('request-invalid', {
    detail: 'Two fields are wrong.',
    errors: { Amount: ['The Amount field is required.'] },
  });
  const body = renderProblem(refusal, traceId);
  assert.equal(body.detail, 'Two fields are wrong.');
  assert.deepEqual(body.errors, { Amount: ['The Amount field is required.'] });
});

test('any refusal is one JSON document that says its own status, and nothing of it is lost', () => {
  const text = fc.string({ unit: 'binary' }).map((value) => value.toWellFormed());
  const errors = fc.dictionary(text, fc.array(text));
  fc.assert(
    fc.property(fc.constantFrom(...problemCodes), fc.option(text), fc.option(errors), (code, detail, fields) => {
      const extra = { ...(detail === null ? {} : { detail }), ...(fields === null ? {} : { errors: fields }) };
      const read = JSON.parse(JSON.stringify(renderProblem(problem(code, extra), traceId))) as Record<string, unknown>;
      assert.equal(read['status'], problemStatus(code));
      assert.equal(read['type'], `urn:strongroom:problem:${code}`);
      if (detail !== null) assert.equal(read['detail'], detail);
      if (fields !== null) assert.equal(JSON.stringify(read['errors']), JSON.stringify(fields));
    }),
  );
});
