/**
 * Every statement of the platform's tables. Parameters stand in the order `$1`, `$2` …, each once.
 * Where a partial index must be found, its condition stands here literally, as in the migration.
 */
export const sql = {
  /** The hottest read: once per call on an intent. */
  setupIntentById: 'select id, account_id, version, status, card_reference, doc from setup_intents where id = $1',
  paymentIntentById: 'select id, account_id, version, status, doc from payment_intents where id = $1',
  chargeAttemptById:
    'select id, account_id, payment_intent_id, setup_intent_id, version, state, settle_after, doc from charge_attempts where id = $1',
  /** The attempt that holds the card or paid with it: at most one, says the index. */
  heldOrPaidAttempt: `select id, account_id, payment_intent_id, setup_intent_id, version, state, settle_after, doc from charge_attempts
    where setup_intent_id = $1 and state in ('pending', 'unknown', 'approved')`,
  refundById: 'select id, account_id, payment_intent_id, version, state, settle_after, doc from refunds where id = $1',
  /** Beside an intent, to render it. */
  intentEvents: 'select sequence, type, status, at, doc from intent_events where intent_id = $1 order by sequence',

  /** Once per call: who is it. A revoked key is as good as none. */
  apiKeyByHash: `select k.id, k.account_id, k.environment, k.hash, k.last4, k.created_at, k.revoked_at,
      a.name as account_name, a.created_at as account_created_at, a.clock_ahead_ms as account_clock_ahead_ms
    from api_keys k join accounts a on a.id = k.account_id where k.hash = $1 and k.revoked_at is null`,
  account: 'select id, name, created_at, clock_ahead_ms from accounts where id = $1',
  accounts: 'select id, name, created_at, clock_ahead_ms from accounts order by created_at, id',
  apiKeys:
    'select id, account_id, environment, hash, last4, created_at, revoked_at from api_keys where account_id = $1 order by created_at, id',
  answer: 'select key, fingerprint, status, body, created_at from answers where key = $1',
  /** Whether there is anything to delete: asked once a second, and almost always answered no. */
  oldAnswer: 'select key from answers where created_at < $1 and status is not null order by created_at limit 1',

  /** Due whatever the account's clock says: the start of the index. */
  dueSetupIntentIds: 'select id from setup_intents where due_at <= $1 order by due_at limit $2',
  duePaymentIntentIds: 'select id from payment_intents where due_at <= $1 order by due_at limit $2',
  /** Whether any account's clock is fast, and how far the fastest. Most servers have none, and the next two are never run. */
  furthestClockAhead: 'select coalesce(max(clock_ahead_ms), 0) as ahead_ms from accounts',
  /** Due only because the account's clock is fast: real time < due_at <= real time + furthest clock. */
  dueSetupIntentIdsAhead: `select s.id as id from setup_intents s join accounts a on a.id = s.account_id
    where s.due_at > $1 and s.due_at <= $2 and s.due_at - a.clock_ahead_ms <= $3 order by s.due_at limit $4`,
  duePaymentIntentIdsAhead: `select p.id as id from payment_intents p join accounts a on a.id = p.account_id
    where p.due_at > $1 and p.due_at <= $2 and p.due_at - a.clock_ahead_ms <= $3 order by p.due_at limit $4`,

  /** One account's, by its own time. Both walk the index of all accounts: few have more than a handful of open intents. */
  nextDueSetupIntentAt:
    'select due_at from setup_intents where account_id = $1 and due_at is not null order by due_at limit 1',
  nextDuePaymentIntentAt:
    'select due_at from payment_intents where account_id = $1 and due_at is not null order by due_at limit 1',
  dueSetupIntentIdsOf:
    'select id from setup_intents where account_id = $1 and due_at is not null and due_at <= $2 order by due_at limit $3',
  duePaymentIntentIdsOf:
    'select id from payment_intents where account_id = $1 and due_at is not null and due_at <= $2 order by due_at limit $3',
  cardReferencesOf: 'select card_reference from setup_intents where account_id = $1 and card_reference is not null',

  /** What a crash or a silent acquirer left open. */
  unsettledAttempts: `select id, account_id, payment_intent_id, setup_intent_id, version, state, settle_after, doc from charge_attempts
    where state in ('pending', 'unknown') and settle_after <= $1 order by settle_after limit $2`,
  unsettledRefunds: `select id, account_id, payment_intent_id, version, state, settle_after, doc from refunds
    where state in ('pending', 'unknown') and settle_after <= $1 order by settle_after limit $2`,
  /** Cards that the vault may forget now. */
  endedSetupIntentsWithCard: `select id, account_id, version, status, card_reference, doc from setup_intents
    where card_reference is not null and status in ('Expired', 'CardExpired', 'Canceled', 'Completed', 'Closed') order by id limit $1`,

  insertSetupIntent:
    'insert into setup_intents (id, account_id, version, status, due_at, card_reference, doc) values ($1, $2, $3, $4, $5, $6, $7)',
  /** Applies to the version that was read, or to nothing. So for every save. */
  saveSetupIntent:
    'update setup_intents set version = $1, status = $2, due_at = $3, card_reference = $4, doc = $5 where id = $6 and version = $7',
  insertPaymentIntent:
    'insert into payment_intents (id, account_id, version, status, due_at, doc) values ($1, $2, $3, $4, $5, $6)',
  savePaymentIntent:
    'update payment_intents set version = $1, status = $2, due_at = $3, doc = $4 where id = $5 and version = $6',
  insertChargeAttempt: `insert into charge_attempts (id, account_id, payment_intent_id, setup_intent_id, version, state, settle_after, doc)
    values ($1, $2, $3, $4, $5, $6, $7, $8)`,
  saveChargeAttempt:
    'update charge_attempts set version = $1, state = $2, settle_after = $3, doc = $4 where id = $5 and version = $6',
  insertRefund: `insert into refunds (id, account_id, payment_intent_id, version, state, settle_after, doc)
    values ($1, $2, $3, $4, $5, $6, $7)`,
  saveRefund: 'update refunds set version = $1, state = $2, settle_after = $3, doc = $4 where id = $5 and version = $6',
  appendEvent: `insert into intent_events (id, account_id, intent_id, sequence, type, status, at, doc, notification, capture_mode, notification_data)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,

  insertAnswer: 'insert into answers (key, fingerprint, status, body, created_at) values ($1, $2, $3, $4, $5)',
  /** The first answer stands. No row need be left: a charge must reach its end even where its answer has gone. */
  completeAnswer: 'update answers set status = $1, body = $2 where key = $3 and status is null',
  /** Of work that is known not to have begun: the key is free again. */
  releaseAnswer: 'delete from answers where key = $1 and status is null',
  /** An answer that is still to come stays, however old: its charge would write it into another request's row. */
  deleteAnswer: 'delete from answers where key = $1 and created_at < $2 and status is not null',
  deleteAnswersBefore: `delete from answers where key in
    (select key from answers where created_at < $1 and status is not null order by created_at limit $2)`,

  insertAccount: 'insert into accounts (id, name, created_at, clock_ahead_ms) values ($1, $2, $3, $4)',
  advanceAccountClock: 'update accounts set clock_ahead_ms = $1 where id = $2 and clock_ahead_ms <= $3',
  resetAccountClock: `update accounts set clock_ahead_ms = 0 where id = $1 and not exists
    (select 1 from charge_attempts where account_id = $2 and state in ('pending', 'unknown'))
    and not exists (select 1 from refunds where account_id = $3 and state in ('pending', 'unknown'))`,
  deleteOfAccount: {
    answers: 'delete from answers where substr(key, 1, $1) = $2',
    /** The newest stays, whosever it is: its position must never be given again. */
    'intent-events':
      'delete from intent_events where account_id = $1 and position < (select max(position) from intent_events)',
    /** Of that newest event: nobody is to be told of it any more. */
    notifications: `update intent_events set notification = null, notification_data = null
      where account_id = $1 and notification is not null`,
    refunds: 'delete from refunds where account_id = $1',
    'charge-attempts': 'delete from charge_attempts where account_id = $1',
    'payment-intents': 'delete from payment_intents where account_id = $1',
    'setup-intents': 'delete from setup_intents where account_id = $1',
  },
  insertApiKey:
    'insert into api_keys (id, account_id, environment, hash, last4, created_at, revoked_at) values ($1, $2, $3, $4, $5, $6, $7)',
  revokeApiKey: 'update api_keys set revoked_at = $1 where id = $2 and revoked_at is null',

  /** Proves that a commit still reaches the disk. */
  beat: 'update heartbeat set beats = beats + 1 where id = 1',
} as const;

/** What PostgreSQL is asked in other words. The events' partition is named, so that one is looked into. */
export const postgresSql = {
  intentEvents:
    'select sequence, type, status, at, doc from intent_events where intent_id = $1 and intent_made_at = $2 order by sequence',
  appendEvent: `insert into intent_events (id, account_id, intent_id, sequence, type, status, at, doc, notification, capture_mode, notification_data, intent_made_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
  /** Of an `in`, a plan for any limit is made for a tenth of the table, and reads all of it. */
  deleteAnswersBefore: `delete from answers where key = any(array
    (select key from answers where created_at < $1 and status is not null order by created_at limit $2))`,
} as const;
