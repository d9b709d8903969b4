/* The gate in front of signed messages, and what stands behind it: nothing verifies for a signer
 * who is not inside, and the certificate inside is one or none. */
#include "crypto/cms.h"
#include "crypto/ossl.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes in = bytes_of(data, size);
    SH_DEFER(certificate_free) struct certificate *signer = NULL;
    SH_DEFER(buf_wipe) struct buf content = BUF_INIT(SH_CONTENT_BYTES_MAX);
    struct sh_why why = {""};
    sh_err err = cms_gate_signed(in, &why);
    HOLD(err == SH_OK || (err == SH_E_CMS_PROFILE && why.text[0]));
    if (err == SH_OK && cms_signer(in, &signer) == SH_OK) {
        err = cms_verify(in, signer, &content);
        fuzz_hold_not_fatal(err);
        HOLD(err == SH_OK || content.len == 0);
    }
    return 0;
}
