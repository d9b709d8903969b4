/* Chains, splits, merges and circles among the links, counted for the officer. A circle is what
 * graph theory calls a strongly connected component of more than one member; they are found by
 * Tarjan's method with a stack of our own, so that no file can exhaust the program's. The method
 * finishes a component after all that can be reached from it, and so what lies behind a school is
 * known when the school is finished. */
#include "base/cleanup.h"
#include "certs/links.h"

#include <stdlib.h>

#define NONE    UINT32_MAX /* as an end: no school without successor is reached */
#define SEVERAL (UINT32_MAX - 1)
#define UNSEEN  UINT32_MAX

/* One school. */
struct node {
    uint32_t urn;
    uint32_t first, len; /* its links out: a piece of links->list */
    uint32_t links_in;
    uint32_t seen, low;    /* Tarjan's numbers */
    uint32_t parent, next; /* on the way down: from where, and the link that is looked at next */
    bool on_stack, on_cycle, to_cycle;
    uint32_t depth; /* links to the farthest end */
    uint32_t end;   /* the one end, or NONE, or SEVERAL */
};

struct graph {
    const struct link *links;
    struct node *nodes; /* ascending by urn */
    uint32_t nodes_len;
    uint32_t *targets; /* for each link, the node it leads to */
    uint32_t *stack;
    uint32_t stack_len, seen;
    struct links_shape shape;
};

static void graph_wipe(struct graph *graph)
{
    free(graph->nodes);
    free(graph->targets);
    free(graph->stack);
}

/* ---- building ---- */

static int compare_nodes(const void *a, const void *b)
{
    const struct node *x = a;
    const struct node *y = b;
    return x->urn == y->urn ? 0 : (x->urn < y->urn ? -1 : 1);
}

static uint32_t find_node(const struct graph *graph, uint32_t urn)
{
    const struct node key = {.urn = urn};
    const struct node *found =
        bsearch(&key, graph->nodes, graph->nodes_len, sizeof key, compare_nodes);
    return (uint32_t)(found - graph->nodes);
}

static void make_nodes(struct graph *graph, size_t links_len)
{
    struct node *nodes = graph->nodes;
    for (size_t i = 0; i < links_len; i++) {
        nodes[2 * i] = (struct node){.urn = graph->links[i].from};
        nodes[2 * i + 1] = (struct node){.urn = graph->links[i].to};
    }
    qsort(nodes, 2 * links_len, sizeof *nodes, compare_nodes);
    for (size_t i = 0; i < 2 * links_len; i++) {
        if (graph->nodes_len == 0 || nodes[graph->nodes_len - 1].urn != nodes[i].urn) {
            nodes[graph->nodes_len++] =
                (struct node){.urn = nodes[i].urn, .seen = UNSEEN, .parent = UNSEEN, .end = NONE};
        }
    }
}

static sh_err build(const struct links *links, struct graph *graph)
{
    size_t len = links->len;
    SH_CHECK(len < UINT32_MAX / 4, SH_E_TOO_BIG);
    graph->links = links->list;
    graph->nodes = calloc(2 * len + 1, sizeof *graph->nodes);
    graph->targets = calloc(len + 1, sizeof *graph->targets);
    graph->stack = calloc(2 * len + 1, sizeof *graph->stack);
    SH_CHECK(graph->nodes && graph->targets && graph->stack, SH_E_NOMEM);
    SH_CHECK(len > 0, SH_OK);
    make_nodes(graph, len);
    for (uint32_t i = 0; i < len; i++) {
        struct node *from = &graph->nodes[find_node(graph, links->list[i].from)];
        graph->targets[i] = find_node(graph, links->list[i].to);
        graph->nodes[graph->targets[i]].links_in++;
        from->first = from->len == 0 ? i : from->first;
        from->len++;
    }
    return SH_OK;
}

/* ---- components ---- */

static uint32_t both_ends(uint32_t a, uint32_t b)
{
    if (a == NONE || b == NONE) {
        return a == NONE ? b : a;
    }
    return a == b ? a : SEVERAL;
}

/* What one member adds to its component: all that its links lead to outside. */
static void look_behind(const struct graph *graph, const struct node *member, struct node *sum)
{
    for (uint32_t i = member->first; i < member->first + member->len; i++) {
        const struct node *behind = &graph->nodes[graph->targets[i]];
        if (behind->on_stack) {
            continue;
        }
        sum->depth = behind->depth + 1 > sum->depth ? behind->depth + 1 : sum->depth;
        sum->end = both_ends(sum->end, behind->end);
        sum->to_cycle |= behind->on_cycle || behind->to_cycle;
    }
}

/* `top`: the member of the component that was seen first; the others lie above it on the stack. */
static void finish_component(struct graph *graph, uint32_t top)
{
    uint32_t start = graph->stack_len;
    while (graph->stack[start - 1] != top) {
        start--;
    }
    start--;
    uint32_t members = graph->stack_len - start;
    struct node sum = {.end = NONE, .on_cycle = members > 1};
    for (uint32_t i = start; i < graph->stack_len; i++) {
        look_behind(graph, &graph->nodes[graph->stack[i]], &sum);
    }
    if (members == 1 && graph->nodes[top].len == 0) {
        sum.end = top;
    }
    for (uint32_t i = start; i < graph->stack_len; i++) {
        struct node *member = &graph->nodes[graph->stack[i]];
        member->on_stack = false;
        member->on_cycle = sum.on_cycle;
        member->to_cycle = sum.to_cycle;
        member->depth = sum.depth;
        member->end = sum.end;
    }
    graph->shape.cycles += sum.on_cycle;
    graph->stack_len = start;
}

static void enter(struct graph *graph, uint32_t at, uint32_t parent)
{
    struct node *node = &graph->nodes[at];
    node->seen = node->low = graph->seen++;
    node->parent = parent;
    node->next = node->first;
    node->on_stack = true;
    graph->stack[graph->stack_len++] = at;
}

/* Everything that can be reached from `root` and was not seen yet. */
static void walk(struct graph *graph, uint32_t root)
{
    enter(graph, root, UNSEEN);
    for (uint32_t at = root; at != UNSEEN;) {
        struct node *node = &graph->nodes[at];
        if (node->next < node->first + node->len) {
            uint32_t target = graph->targets[node->next++];
            const struct node *behind = &graph->nodes[target];
            if (behind->seen == UNSEEN) {
                enter(graph, target, at);
                at = target;
            } else if (behind->on_stack && behind->seen < node->low) {
                node->low = behind->seen;
            }
            continue;
        }
        if (node->low == node->seen) {
            finish_component(graph, at);
        }
        at = node->parent;
        if (at != UNSEEN && node->low < graph->nodes[at].low) {
            graph->nodes[at].low = node->low;
        }
    }
}

/* ---- counting ---- */

static void count_node(const struct graph *graph, const struct node *node,
                       struct links_shape *shape)
{
    size_t own_rows = 0;
    bool chained = false;
    for (uint32_t i = node->first; i < node->first + node->len; i++) {
        own_rows += graph->links[i].by_successor_row;
        chained |= graph->nodes[graph->targets[i]].len > 0;
    }
    shape->merges += node->links_in > 1;
    if (node->len == 0) {
        return;
    }
    shape->succeeded++;
    shape->splits += node->len > 1;
    shape->splits_by_successor_rows += own_rows > 1;
    shape->chained += chained;
    shape->chain_longest = node->depth > shape->chain_longest ? node->depth : shape->chain_longest;
    shape->in_cycles += node->on_cycle;
    shape->into_cycles += !node->on_cycle && node->to_cycle;
    shape->ends_none += node->end == NONE;
    shape->ends_several += node->end == SEVERAL;
    shape->ends_one += node->end < SEVERAL;
}

sh_err links_shape(const struct links *links, struct links_shape *out)
{
    SH_DEFER(graph_wipe) struct graph graph = {.links = NULL};
    SH_TRY(build(links, &graph));
    for (uint32_t i = 0; i < graph.nodes_len; i++) {
        if (graph.nodes[i].seen == UNSEEN) {
            walk(&graph, i);
        }
    }
    for (uint32_t i = 0; i < graph.nodes_len; i++) {
        count_node(&graph, &graph.nodes[i], &graph.shape);
    }
    *out = graph.shape;
    return SH_OK;
}
