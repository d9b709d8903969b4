/* See dates.h. */
#include "client/dates.h"

#include "client/connection.h"
#include "client/duration.h"

static sh_err blame_clock(const struct sh_client *client, sh_err code, struct sh_why *why)
{
    char apart[DURATION_BYTES];
    int64_t ahead = client->ahead_ms;
    duration_say(ahead < 0 ? -ahead : ahead, apart);
    return sh_fail(why, code, "this computer's clock is %s %s the relay's", apart,
                   ahead < 0 ? "behind" : "ahead of");
}

sh_err dates_check_clock(int64_t now_ms, const struct certificate *cert, struct sh_why *why)
{
    char now[64], made[64];
    SH_CHECK(now_ms < certificate_not_before_ms(cert), SH_OK);
    time_to_local(now_ms, now, sizeof now);
    time_to_local(certificate_not_before_ms(cert), made, sizeof made);
    return sh_fail(why, SH_E_BAD_TIME,
                   "this computer's clock is wrong: it says %s, and this seat's certificate was "
                   "made on %s",
                   now, made);
}

/* True if a relay can be asked, and has another time than this computer. */
static bool relay_disagrees(struct sh_client *client)
{
    if (connection_open(client, NULL) != SH_OK) {
        return false;
    }
    int64_t ahead = client->ahead_ms;
    return ahead > SH_CREATED_AHEAD_MS || ahead < -SH_CREATED_AHEAD_MS;
}

sh_err dates_check_certificate(struct sh_client *client, struct sh_why *why)
{
    char end[64];
    int64_t end_ms = certificate_not_after_ms(keyring_sign_cert(client->keyring));
    int64_t seal_end_ms = certificate_not_after_ms(keyring_seal_cert(client->keyring));
    end_ms = seal_end_ms < end_ms ? seal_end_ms : end_ms;
    SH_CHECK(client_now_ms(client) > end_ms, SH_OK);
    if (relay_disagrees(client) && client_now_ms(client) - client->ahead_ms <= end_ms) {
        return blame_clock(client, SH_E_BAD_TIME, why);
    }
    time_to_local(end_ms, end, sizeof end);
    return sh_fail(why, SH_E_EXPIRED, "the certificate of this seat ran out on %s", end);
}

sh_err dates_check_sending(struct sh_client *client, struct sh_why *why)
{
    int64_t ahead = client->ahead_ms;
    SH_CHECK(ahead > SH_CREATED_AHEAD_MS || ahead < -SH_CREATED_BEHIND_MS, SH_OK);
    return blame_clock(client, SH_E_CLOCK, why);
}

void dates_warn(struct sh_client *client)
{
    char apart[DURATION_BYTES];
    int64_t ahead = client->ahead_ms;
    int64_t distance = ahead < 0 ? -ahead : ahead;
    if (distance > SH_CREATED_AHEAD_MS) {
        duration_say(distance, apart);
        client_warn(client, "This computer's clock is %s %s the relay's: set it right.", apart,
                    ahead < 0 ? "behind" : "ahead of");
    }
}

sh_err dates_blame_directory(struct sh_client *client, struct sh_why *why)
{
    if (client->session && relay_disagrees(client)) {
        return blame_clock(client, SH_E_BAD_TIME, why);
    }
    return sh_fail(
        why, SH_E_EXPIRED,
        "the directory ran out more than two weeks ago and no newer one could be fetched");
}
