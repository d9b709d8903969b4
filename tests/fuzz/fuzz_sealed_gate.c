/* The gate in front of sealed messages: what it lets through, OpenSSL reads as a whole. */
#include "crypto/cms.h"
#include "crypto/ossl.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t entries = 0;
    struct sh_why why = {""};
    sh_err err = cms_gate_sealed(bytes_of(data, size), &entries, &why);
    HOLD(err == SH_OK || (err == SH_E_CMS_PROFILE && why.text[0]));
    if (err == SH_OK) {
        const unsigned char *at = data;
        SH_DEFER(CMS_ContentInfo_freep)
        CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)size);
        HOLD(cms && at == data + size);
        HOLD(entries == (size_t)sk_CMS_RecipientInfo_num(CMS_get0_RecipientInfos(cms)));
    }
    return 0;
}
