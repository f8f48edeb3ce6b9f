import assert from 'node:assert/strict';
import { test } from 'node:test';
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

test('a more exact detail and field errors replace the defaults', () => {
  const refusal = problem('request-invalid', {
    detail: 'Two fields are wrong.',
    errors: { Amount: ['The Amount field is required.'] },
  });
  const body = renderProblem(refusal, traceId);
  assert.equal(body.detail, 'Two fields are wrong.');
  assert.deepEqual(body.errors, { Amount: ['The Amount field is required.'] });
});
