/* Certificates, the facts that are asked of one, and each profile. One keeps to at most one. */
#include "base/cleanup.h"
#include "crypto/certificate.h"
#include "fuzz.h"

static void ask(const struct certificate *cert)
{
    struct address address;
    uint8_t curve_key[32];
    char sector[SH_ADDRESS_BYTES_MAX];
    struct sh_why why = {""};
    unsigned kept = 0;
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(2 * SH_CERTIFICATE_BYTES_MAX + SH_KIB);
    SH_DEFER(certificate_free) struct certificate *again = NULL;
    fuzz_hold_not_fatal(certificate_address(cert, &address));
    fuzz_hold_not_fatal(certificate_curve_key(cert, curve_key));
    fuzz_hold_not_fatal(certificate_sector(cert, sector, sizeof sector));
    for (int profile = PROFILE_ROOT; profile <= PROFILE_DIRECTORY; profile++) {
        sh_err err = certificate_check_profile(cert, (enum certificate_profile)profile, &why);
        fuzz_hold_not_fatal(err);
        kept += err == SH_OK;
    }
    HOLD(kept <= 1);
    HOLD(certificate_to_pem(cert, &pem) == SH_OK);
    HOLD(certificate_from_pem(bytes_buf(&pem), &again) == SH_OK);
    HOLD(hash_equal(certificate_sha256(cert), certificate_sha256(again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SH_DEFER(certificate_free) struct certificate *cert = NULL;
    sh_err err = certificate_parse(bytes_of(data, size), &cert);
    fuzz_hold_not_fatal(err);
    if (err == SH_OK) {
        HOLD(bytes_equal(certificate_der(cert), bytes_of(data, size)));
        ask(cert);
    }
    return 0;
}
