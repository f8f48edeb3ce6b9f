<?php
// A receiver for PHP 8 without any package: php -S 127.0.0.1:3000 examples/webhooks/receiver.php

declare(strict_types=1);

const TOLERANCE_SECONDS = 300;
const BODY_BYTES_MAX = 64 * 1024;

/**
 * Whether a delivery is the server's own. The id and the time stand under the signature, so a captured one cannot be played
 * again later.
 *
 * @param list<string> $secrets of the subscription; two while they are rotated
 */
function isBelieved(string $body, string $id, string $timestamp, string $signatures, array $secrets, int $now): bool
{
    if ($id === '' || preg_match('/^[0-9]{1,12}$/D', $timestamp) !== 1) {
        return false;
    }
    $matches = false;
    foreach ($secrets as $secret) {
        $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $secret, true));
        foreach (array_slice(explode(' ', $signatures), 0, 20) as $signature) {
            // In constant time, and on to the end whichever one it was.
            $matches = hash_equals($expected, $signature) || $matches;
        }
    }
    return $matches && abs($now - (int) $timestamp) <= TOLERANCE_SECONDS;
}

/** For deliveries of the Dojo service itself, which sends `dojo-signature` alone: no time is signed. */
function isBelievedDojoOnly(string $body, string $signature, array $secrets): bool
{
    $matches = false;
    foreach ($secrets as $secret) {
        $pairs = implode('-', str_split(strtoupper(hash_hmac('sha256', $body, $secret)), 2));
        $matches = hash_equals("sha256=$pairs", $signature) || $matches;
    }
    return $matches;
}

$secrets = array_values(array_filter(explode(',', (string) getenv('STRONGROOM_WEBHOOK_SECRET'))));
if ($secrets === []) {
    error_log('Set STRONGROOM_WEBHOOK_SECRET to the secret of the subscription.');
    http_response_code(500);
    return true;
}
if ($_SERVER['REQUEST_METHOD'] !== 'POST' || $_SERVER['REQUEST_URI'] !== '/hooks') {
    http_response_code(404);
    return true;
}

// The bytes as they arrived, and one more than may be, to see whether there are too many.
$body = (string) file_get_contents('php://input', false, null, 0, BODY_BYTES_MAX + 1);
if (strlen($body) > BODY_BYTES_MAX) {
    http_response_code(413);
    return true;
}
$header = static fn (string $name): string => (string) ($_SERVER['HTTP_' . $name] ?? '');
$signatures = $header('WEBHOOK_SIGNATURE');
if (!isBelieved($body, $header('WEBHOOK_ID'), $header('WEBHOOK_TIMESTAMP'), $signatures, $secrets, time())) {
    error_log('not believed');
    http_response_code(400);
    return true;
}

// Deliveries are at least once: keep the id in the database under a unique key, in the transaction that acts on the event.
$event = json_decode($body, true, 16, JSON_THROW_ON_ERROR);
$status = $event['data']['setupIntentStatus'] ?? $event['data']['paymentStatus'] ?? '';
error_log("verified {$event['event']} $status {$event['id']}");
http_response_code(204);
return true;
