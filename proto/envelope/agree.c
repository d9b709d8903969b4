/* Header against content, content against its kind. The header is all that the relay acts on, the
 * content all that a person reads; a sender who could make them differ could have the one promise
 * what the other never said. Facts are compared as encoded bytes, so that a member added to them is
 * never forgotten here. */
#include "envelope/agree.h"

#include "base/cleanup.h"

sh_err agree_sender(const struct facts *facts, const struct certificate *cert, struct sh_why *why)
{
    struct address address;
    SH_TRY(certificate_check_profile(cert, PROFILE_SIGN, why));
    if (!hash_equal(certificate_sha256(cert), &facts->seat)) {
        return sh_fail(why, SH_E_WRONG_SEAT, "the header names another seat as the sender");
    }
    SH_TRY(certificate_address(cert, &address));
    if (!address_equal(&address, &facts->from)) {
        return sh_fail(why, SH_E_WRONG_DESK, "the sender's seat is of %s, the header says %s",
                       address.text, facts->from.text);
    }
    return SH_OK;
}

static sh_err compare_facts(const struct facts *a, const struct facts *b, bool *out_equal)
{
    SH_DEFER(buf_wipe) struct buf left = BUF_INIT(SH_HEADER_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf right = BUF_INIT(SH_HEADER_BYTES_MAX);
    SH_TRY(facts_encode(a, &left));
    SH_TRY(facts_encode(b, &right));
    *out_equal = bytes_equal(bytes_buf(&left), bytes_buf(&right));
    return SH_OK;
}

/* A short answer covers every child. How many there are stands in the referral, which the relay
 * holds the header's list against; here the list must only be the short answer written out. */
static sh_err imply_facts(const struct facts *header, const json_t *casework, struct arena *arena,
                          struct facts *out, struct sh_why *why)
{
    SH_TRY(casework_facts(casework, 0, arena, out, why));
    if (out->children_len == 0 && header->children_len > 0) {
        SH_TRY(casework_facts(casework, (uint32_t)header->children_len, arena, out, why));
    }
    return SH_OK;
}

static sh_err compare_with_casework(const struct facts *header, const json_t *casework,
                                    struct arena *arena, struct sh_why *why)
{
    struct facts implied = *header;
    bool same = false;
    sh_err err = imply_facts(header, casework, arena, &implied, why);
    SH_CHECK(err != SH_E_JSON, SH_E_BAD_CONTENT);
    SH_TRY(err);
    SH_TRY(compare_facts(header, &implied, &same));
    if (!same) {
        return sh_fail(why, SH_E_HEADER_DISAGREES,
                       "the codes and times of the header are not those of the words inside");
    }
    return SH_OK;
}

static const struct recipient *find_recipient(const struct facts *facts, const char *address)
{
    for (size_t i = 0; i < facts->recipients_len; i++) {
        if (strcmp(facts->recipients[i].address.text, address) == 0) {
            return &facts->recipients[i];
        }
    }
    return NULL;
}

/* A desk that writes to itself (a CONCERN) is ROLE_OWN and nothing else. */
static sh_err check_list(const struct facts *header, const json_t *casework, enum role role,
                         struct sh_why *why)
{
    const char *name = role == ROLE_ACT ? "to" : "inform";
    const json_t *list = json_object_get(casework, name);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *address = json_string_value(json_array_get(list, i));
        SH_CHECK(address, SH_E_BAD_CONTENT);
        const struct recipient *found = find_recipient(header, address);
        bool fits = found && (found->role == role ||
                              (found->role == ROLE_OWN && strcmp(address, header->from.text) == 0));
        if (!fits) {
            return sh_fail(why, SH_E_HEADER_DISAGREES,
                           "%s[%zu]: the header does not name this desk in this role", name, i);
        }
    }
    return SH_OK;
}

static sh_err check_addresses(const struct facts *header, const json_t *casework,
                              struct sh_why *why)
{
    const json_t *from = json_object_get(casework, "from");
    const char *text = from ? json_string_value(from) : header->from.text;
    SH_CHECK(text, SH_E_BAD_CONTENT);
    if (strcmp(text, header->from.text) != 0) {
        return sh_fail(why, SH_E_HEADER_DISAGREES, "from: the header names another desk");
    }
    SH_TRY(check_list(header, casework, ROLE_ACT, why));
    return check_list(header, casework, ROLE_INFORM, why);
}

static sh_err enclosed_id(const struct enclosure *enclosure, struct sh_id *out)
{
    /* An arena for each: 256 headers at their largest are no reason to refuse a chronology. */
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct header header;
    SH_TRY(arena_new(SH_UNPACK_BYTES_MAX, SH_UNPACK_COUNT_MAX, &arena));
    SH_TRY(header_decode(enclosure->header, arena, &header));
    *out = header.facts.message_id;
    return SH_OK;
}

static sh_err check_enclosures(const struct facts *header, const struct agree_inside *inside,
                               struct sh_why *why)
{
    if (inside->enclosures_len != header->encloses_len) {
        return sh_fail(why, SH_E_HEADER_DISAGREES,
                       "%zu messages are enclosed, the header lists %zu", inside->enclosures_len,
                       header->encloses_len);
    }
    for (size_t i = 0; i < inside->enclosures_len; i++) {
        struct sh_id id;
        SH_TRY(enclosed_id(&inside->enclosures[i], &id));
        if (!id_equal(&id, &header->encloses[i])) {
            return sh_fail(why, SH_E_HEADER_DISAGREES,
                           "enclosure %zu is not the message that the header lists", i + 1);
        }
    }
    return SH_OK;
}

sh_err agree_check(const struct facts *header, const struct agree_inside *inside,
                   struct arena *arena, struct sh_why *why)
{
    bool same = false;
    SH_TRY(compare_facts(header, inside->facts, &same));
    if (!same) {
        return sh_fail(why, SH_E_HEADER_DISAGREES, "the facts inside are not those of the header");
    }
    SH_TRY(compare_with_casework(header, inside->casework, arena, why));
    SH_TRY(check_addresses(header, inside->casework, why));
    return check_enclosures(header, inside, why);
}
