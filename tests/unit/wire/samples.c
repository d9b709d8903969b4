#include "samples.h"

#include <criterion/criterion.h>

struct sh_hash sample_hash(unsigned n)
{
    struct sh_hash hash;
    memset(hash.b, 0xA5, sizeof hash.b);
    hash.b[0] = (uint8_t)n;
    return hash;
}

struct sh_id sample_id(unsigned n)
{
    struct sh_id id;
    memset(id.b, 0x5A, sizeof id.b);
    id.b[0] = (uint8_t)n;
    return id;
}

struct address sample_address(const char *text)
{
    struct address address = {0};
    cr_assert_eq(address_from(text, &address), SH_OK);
    return address;
}

static struct bytes text_bytes(const char *text)
{
    return bytes_str(text);
}

/* ---- envelope.proto ---- */

static void fill_recipients(struct recipient recipients[3], struct sh_hash seats[5])
{
    for (unsigned i = 0; i < 5; i++) {
        seats[i] = sample_hash(10 + i);
    }
    recipients[0] = (struct recipient){.address = sample_address("dsl@999001.school"),
                                       .role = ROLE_OWN,
                                       .seats = seats,
                                       .seats_len = 2,
                                       .recovery = sample_hash(20)};
    recipients[1] = (struct recipient){.address = sample_address("edt@999.social-care"),
                                       .role = ROLE_COVER,
                                       .seats = seats + 2,
                                       .seats_len = 1};
    recipients[2] = (struct recipient){.address = sample_address("mash@999.social-care"),
                                       .role = ROLE_ACT,
                                       .seats = seats + 3,
                                       .seats_len = 2,
                                       .recovery = sample_hash(21)};
}

static void fill_facts(struct facts *out)
{
    static struct recipient recipients[3];
    static struct sh_hash seats[5];
    static struct cite cites[2];
    static struct child_outcome children[2] = {{1, OUTCOME_ACTION}, {3, OUTCOME_PASSED_ON}};
    static struct sh_id encloses[2];
    fill_recipients(recipients, seats);
    cites[0] = (struct cite){.header_sha256 = sample_hash(30)};
    cites[1] = (struct cite){.is_index = true, .log_index = 77};
    encloses[0] = sample_id(40);
    encloses[1] = sample_id(41);
    *out = (struct facts){.message_id = sample_id(1),
                          .thread_id = sample_id(2),
                          .has_parent = true,
                          .parent = sample_hash(3),
                          .from = sample_address("dsl@999001.school"),
                          .seat = sample_hash(4),
                          .recipients = recipients,
                          .recipients_len = 3,
                          .kind = KIND_RECONSIDERATION_RESPONSE,
                          .subtype = SUBTYPE_MEETING,
                          .urgency = URGENCY_IMMEDIATE,
                          .created_at_ms = SAMPLE_TIME_MS + 1,
                          .has_clock_from = true,
                          .clock_from_ms = (int64_t)12345 * SH_MINUTE_MS,
                          .level = 5,
                          .cites = cites,
                          .cites_len = 2,
                          .outcome = OUTCOME_MIXED,
                          .children = children,
                          .children_len = 2,
                          .children_count = 6,
                          .has_next_due = true,
                          .next_due_ms = SAMPLE_TIME_MS + 2,
                          .not_to_own_desk = true,
                          .telephone = true,
                          .encloses = encloses,
                          .encloses_len = 2};
}

const struct header *sample_header(void)
{
    static struct header header;
    fill_facts(&header.facts);
    header.sealed_sha256 = sample_hash(50);
    header.sealed_bytes = 5000;
    header.inner_sha256 = sample_hash(51);
    header.parts =
        (struct parts){.sealed_count = 1, .count = 4, .bytes = 400000, .root = sample_hash(52)};
    return &header;
}

const struct envelope *sample_envelope(void)
{
    static struct envelope envelope;
    static struct sh_hash path[3];
    for (unsigned i = 0; i < 3; i++) {
        path[i] = sample_hash(60 + i);
    }
    envelope = (struct envelope){.header = text_bytes("header, as signed"),
                                 .sealed = text_bytes("sealed"),
                                 .signature = text_bytes("signature"),
                                 .batch = {.size = 8, .index = 5, .path = path, .path_len = 3}};
    return &envelope;
}

const struct receipt *sample_receipt(void)
{
    static struct receipt receipt;
    receipt = (struct receipt){.type = RECEIPT_UNREADABLE,
                               .message_id = sample_id(70),
                               .header_sha256 = sample_hash(71),
                               .by = sample_address("mash@999.social-care"),
                               .seat = sample_hash(72),
                               .at_ms = SAMPLE_TIME_MS + 3,
                               .code = SH_E_COMMITMENT};
    return &receipt;
}

const struct signed_receipt *sample_signed_receipt(void)
{
    static struct signed_receipt receipt;
    receipt = (struct signed_receipt){text_bytes("a receipt"), text_bytes("its signature")};
    return &receipt;
}

/* ---- log.proto ---- */

const struct leaf *sample_leaf(void)
{
    static struct leaf leaf;
    leaf = (struct leaf){LEAF_OVERDUE, SAMPLE_TIME_MS + 4, sample_hash(80)};
    return &leaf;
}

static void fill_leaf_numbers(struct leaf_facts *out)
{
    out->has_created_at = out->has_clock_from = out->has_next_due = true;
    out->has_at = out->has_due = out->has_sealed_bytes = true;
    out->has_count = out->has_version = out->has_log_index = true;
    out->created_at_ms = SAMPLE_TIME_MS + 5;
    out->clock_from_ms = SAMPLE_TIME_MS + 6;
    out->next_due_ms = SAMPLE_TIME_MS + 7;
    out->at_ms = SAMPLE_TIME_MS + 8;
    out->due_ms = SAMPLE_TIME_MS + 9;
    out->sealed_bytes = 1001;
    out->count = 1002;
    out->version = 1003;
    out->log_index = 1004;
    out->kind = KIND_DECISION;
    out->subtype = SUBTYPE_EXCLUSION;
    out->urgency = URGENCY_URGENT;
    out->outcome = OUTCOME_UPHELD;
    out->level = 2;
    out->children_count = 3;
    out->code = SH_E_STALE_SEATS;
    out->clock = 9;
    out->telephone = true;
}

/* 64 bytes that follow from a number below 100. */
static struct bytes sample_ed25519(unsigned n)
{
    static uint8_t signatures[100][SH_ED25519_BYTES];
    memset(signatures[n], (int)n, sizeof signatures[n]);
    return bytes_of(signatures[n], sizeof signatures[n]);
}

const struct leaf_facts *sample_leaf_facts(void)
{
    static struct leaf_facts facts;
    static struct leaf_desk to[2];
    static struct cite cites[1] = {{.is_index = true, .log_index = 12}};
    static struct child_outcome children[1] = {{2, OUTCOME_CLOSED}};
    static struct leaf_clock clocks[2];
    clocks[0] = (struct leaf_clock){DUTY_DECIDED, OWED_BY_ACT, SAMPLE_TIME_MS + 10, {""}};
    clocks[1] = (struct leaf_clock){DUTY_NEXT_STEP, OWED_BY_DESK, SAMPLE_TIME_MS + 11,
                                    sample_address("mash@999.social-care")};
    to[0] = (struct leaf_desk){sample_address("dsl@999001.school"), ROLE_OWN};
    to[1] = (struct leaf_desk){sample_address("mash@999.social-care"), ROLE_ACT};
    facts = (struct leaf_facts){.message_id = sample_id(90),
                                .thread_id = sample_id(91),
                                .header_sha256 = sample_hash(92),
                                .parent = sample_hash(93),
                                .clocks = clocks,
                                .clocks_len = 2,
                                .from = sample_address("dsl@999002.school"),
                                .seat = sample_hash(94),
                                .to = to,
                                .to_len = 2,
                                .cites = cites,
                                .cites_len = 1,
                                .children = children,
                                .children_len = 1,
                                .by = sample_address("edt@999.social-care"),
                                .receipt_sha256 = sample_hash(95),
                                .sha256 = sample_hash(96),
                                .checkpoint_sha256 = sample_hash(97),
                                .name = "policy for England",
                                .signatures = {sample_ed25519(98), sample_ed25519(99)}};
    fill_leaf_numbers(&facts);
    return &facts;
}

const struct statement *sample_statement(void)
{
    static struct statement statement;
    static struct sh_hash proof[4];
    for (unsigned i = 0; i < 4; i++) {
        proof[i] = sample_hash(100 + i);
    }
    statement = (struct statement){.leaf = text_bytes("a leaf"),
                                   .opening = {sample_hash(99), text_bytes("its facts")},
                                   .index = 41,
                                   .proof = proof,
                                   .proof_len = 4,
                                   .checkpoint = text_bytes("a checkpoint")};
    return &statement;
}

/* ---- session.proto ---- */

static struct hash_list sample_hashes(void)
{
    static struct sh_hash hashes[2];
    hashes[0] = sample_hash(110);
    hashes[1] = sample_hash(111);
    return (struct hash_list){hashes, 2};
}

static void fill_client_frames(struct frame *f)
{
    f[0] = (struct frame){.type = FRAME_HELLO, .hello = {3, 4}};
    f[1] = (struct frame){.type = FRAME_SUBMIT,
                          .submit = {*sample_envelope(), true, *sample_statement()}};
    f[2] = (struct frame){.type = FRAME_READY, .ready = {256}};
    f[3] = (struct frame){.type = FRAME_RECEIPT, .receipt = {*sample_signed_receipt()}};
    f[4] = (struct frame){.type = FRAME_NOTICE_SEEN, .notice_seen = {5}};
    f[5] = (struct frame){.type = FRAME_DIRECTORY_GET, .directory_get = {6, 7}};
    f[6] = (struct frame){.type = FRAME_CONSISTENCY_GET, .consistency_get = {8, 9}};
    f[7] = (struct frame){.type = FRAME_PROOF_GET, .proof_get = {10, true}};
    f[8] = (struct frame){.type = FRAME_PING, .ping = {SAMPLE_TIME_MS}};
    f[9] = (struct frame){.type = FRAME_DESK_GET, .desk_get = {sample_address("a@b.school")}};
    f[10] = (struct frame){.type = FRAME_LEAVES_GET,
                           .leaves_get = {.from = 18, .size = 20, .count = 2}};
    f[11] = (struct frame){.type = FRAME_KNOWN,
                           .known = {text_bytes("checkpoint"), sample_statement(), 1}};
}

/* One with its opening, and one whose opening was destroyed. */
static struct frame sample_leaves(void)
{
    static struct log_entry entries[2];
    entries[0] = (struct log_entry){.leaf = text_bytes("a leaf"),
                                    .has_opening = true,
                                    .opening = {sample_hash(112), text_bytes("facts")}};
    entries[1] = (struct log_entry){.leaf = text_bytes("another")};
    return (struct frame){
        .type = FRAME_LEAVES,
        .leaves = {
            .from = 18, .size = 21, .entries = entries, .len = 2, .consistency = sample_hashes()}};
}

static void fill_answer_frames(struct frame *f)
{
    const struct bytes checkpoint = text_bytes("checkpoint");
    f[0] = (struct frame){.type = FRAME_WELCOME,
                          .welcome = {SAMPLE_TIME_MS, 11, checkpoint, sample_hashes(), true,
                                      text_bytes("cosigned"), true, *sample_statement()}};
    f[1] = (struct frame){.type = FRAME_ACCEPTED, .accepted = {sample_id(1), *sample_statement()}};
    f[2] = (struct frame){.type = FRAME_REFUSED,
                          .refused = {true, sample_id(2), SH_E_REVOKED, true, *sample_statement()}};
    f[3] = (struct frame){.type = FRAME_DEFER, .defer = {true, sample_id(3), SH_E_BUSY, 1500}};
    f[4] = (struct frame){.type = FRAME_DELIVER,
                          .deliver = {12, *sample_envelope(), *sample_statement()}};
    f[5] = (struct frame){.type = FRAME_NOTICE,
                          .notice = {13, *sample_statement(), true, *sample_signed_receipt()}};
    f[6] = (struct frame){.type = FRAME_DIRECTORY, .directory = {14, 1000, 500, checkpoint}};
    f[7] = (struct frame){.type = FRAME_CONSISTENCY, .consistency = {15, 16, sample_hashes()}};
    f[8] = (struct frame){.type = FRAME_PROOF, .proof = {*sample_statement()}};
    f[9] = (struct frame){.type = FRAME_PONG, .pong = {SAMPLE_TIME_MS, checkpoint}};
    f[10] = (struct frame){.type = FRAME_DESK,
                           .desk = {sample_address("c@d.police"), true, SAMPLE_TIME_MS + 1}};
    f[11] = (struct frame){.type = FRAME_RECEIPT_STORED,
                           .receipt_stored = {sample_id(4), RECEIPT_OPENED, *sample_statement()}};
    f[12] = (struct frame){.type = FRAME_CAUGHT_UP, .caught_up = {17}};
    f[13] = sample_leaves();
    f[14] = (struct frame){.type = FRAME_NOTED, .noted = {22}};
}

const struct frame *sample_frame(size_t n)
{
    static struct frame frames[SAMPLE_FRAMES];
    fill_client_frames(frames);
    fill_answer_frames(frames + 12);
    for (uint32_t i = 0; i < SAMPLE_FRAMES; i++) {
        frames[i].ref = 1000 + i;
    }
    return &frames[n];
}

const struct frame *sample_frame_of(enum frame_type type)
{
    const struct frame *found = NULL;
    for (size_t i = 0; i < SAMPLE_FRAMES && !found; i++) {
        found = sample_frame(i)->type == type ? sample_frame(i) : NULL;
    }
    cr_assert_not_null(found, "no sample of frame type %d", (int)type);
    return found;
}

/* ---- directory.proto ---- */

static void fill_directory_desks(struct directory_file *out)
{
    static struct directory_desk desks[2];
    static struct directory_seat seats[3];
    static struct address cover[1];
    cover[0] = sample_address("edt@999.social-care");
    desks[0] = (struct directory_desk){.address = sample_address("dsl@999001.school")};
    desks[1] = (struct directory_desk){.address = sample_address("mash@999.social-care"),
                                       .name = "First response",
                                       .telephone = "01632 960001",
                                       .hours = "Mon-Fri 08:30-17:00",
                                       .cover = cover,
                                       .cover_len = 1,
                                       .recovery = text_bytes("recovery")};
    const char *owners[3] = {"dsl@999001.school", "dsl@999001.school", "mash@999.social-care"};
    const char *certificates[3] = {"sign a", "sign b", "sign a"};
    for (size_t i = 0; i < 3; i++) {
        seats[i] = (struct directory_seat){sample_address(owners[i]), text_bytes(certificates[i]),
                                           text_bytes("seal")};
    }
    out->desks = desks;
    out->desks_len = 2;
    out->seats = seats;
    out->seats_len = 3;
}

static void fill_directory_organisations(struct directory_file *out)
{
    static const char *const successors[2] = {"999002.school", "999003.school"};
    static const struct directory_organisation organisations[2] = {
        {.code = "999.social-care", .name = "Exampleshire"},
        {.code = "999001.school",
         .name = "Fearn Primary",
         .telephone = "01632 960002",
         .hours = "term time",
         .closed_on = "2028-02-29",
         .successors = successors,
         .successors_len = 2},
    };
    out->organisations = organisations;
    out->organisations_len = 2;
}

const struct directory_file *sample_directory(void)
{
    static struct directory_file file;
    static struct directory_authority authorities[2];
    static struct bytes crls[2];
    static struct directory_relay relays[1] = {{.endpoint = "tcp://127.0.0.1:7100"}};
    static struct directory_key keys[2] = {{KEY_LOG, "log+1+a", SAMPLE_TIME_MS},
                                           {KEY_WITNESS, "witness+2+b", SAMPLE_TIME_MS + 1}};
    authorities[0] = (struct directory_authority){"school", text_bytes("school authority")};
    authorities[1] = (struct directory_authority){"social-care", text_bytes("care authority")};
    crls[0] = text_bytes("root crl");
    crls[1] = text_bytes("school crl");
    memset(relays[0].curve_key, 0xC3, sizeof relays[0].curve_key);
    file = (struct directory_file){.serial = 7,
                                   .partnership = "Exampleshire",
                                   .created_at_ms = SAMPLE_TIME_MS,
                                   .expires_at_ms = SAMPLE_TIME_MS + 14 * SH_DAY_MS,
                                   .authorities = authorities,
                                   .authorities_len = 2,
                                   .crls = crls,
                                   .crls_len = 2,
                                   .relays = relays,
                                   .relays_len = 1,
                                   .keys = keys,
                                   .keys_len = 2};
    fill_directory_organisations(&file);
    fill_directory_desks(&file);
    return &file;
}
