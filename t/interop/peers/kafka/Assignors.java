import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.GroupSubscription;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.consumer.RoundRobinAssignor;
import org.apache.kafka.clients.consumer.internals.AbstractStickyAssignor;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/**
 * Groups that live: peer.jar Assignors SEED COUNT CASES RESULTS. Writes COUNT cases to the file CASES, and to
 * RESULTS what Kafka's own assignors make of each. A case is a line (t/unit/assigncase.h reads it):
 *
 *   TOPIC=PARTITIONS,...;MEMBER|INSTANCE|TOPIC,...|GENERATION|TOPIC:PARTITION,...;MEMBER|...
 *
 * Its results are four lines, range, roundrobin, target (cooperative-sticky, of which nothing is withheld) and
 * round (what it gives in this round), each then MEMBER=TOPIC:PARTITION,... by member.
 *
 * A case often goes on from the one before: members leave, join, change their topics, miss a round (their
 * generation stays behind), claim what is another's; topics grow, come and go. Left out is what makes Kafka's
 * classes give a partition to who does not subscribe to it, or fail: a member without any topic, a claim of an old
 * generation to a topic that its member has given up, a claim to a partition that a topic does not have.
 */
public final class Assignors {
    private static final class Member {
        final String id;
        final String instance;
        List<String> topics = new ArrayList<>();
        List<TopicPartition> owned = new ArrayList<>();
        int generation = -1;

        Member(String id, String instance) {
            this.id = id;
            this.instance = instance;
        }
    }

    /** The algorithm, without what cooperative-sticky withholds afterwards. */
    private static final class Target extends AbstractStickyAssignor {
        @Override
        public String name() {
            return "target";
        }

        @Override
        protected MemberData memberData(Subscription s) {
            return new MemberData(s.ownedPartitions(), s.generationId(), s.rackId());
        }
    }

    private final Random random;
    private final Map<String, Integer> topics = new TreeMap<>();
    private final Map<String, Member> members = new TreeMap<>();
    private int generation;
    private boolean alike;

    private Assignors(long seed) {
        random = new Random(seed);
    }

    public static void main(String[] args) throws Exception {
        Assignors a = new Assignors(Long.parseLong(args[0]));
        int count = Integer.parseInt(args[1]);
        try (PrintStream cases = new PrintStream(args[2], StandardCharsets.US_ASCII);
                PrintStream results = new PrintStream(args[3], StandardCharsets.US_ASCII)) {
            for (int i = 0; i < count; i++) {
                a.next();
                cases.print(a.line());
                a.answer(results);
            }
        }
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private <T> T any(java.util.Collection<T> c) {
        return new ArrayList<>(c).get(random.nextInt(c.size()));
    }

    private void next() {
        if (members.isEmpty() || topics.isEmpty() || chance(12)) {
            topics.clear();
            members.clear();
            generation = 0;
            alike = chance(45);
            int large = chance(10) ? 60 : 9;
            for (int i = 1 + random.nextInt(chance(20) ? 14 : 4); i > 0; i--)
                topics.put(topic(), 1 + random.nextInt(large));
            for (int i = 1 + random.nextInt(chance(15) ? 40 : 7); i > 0; i--)
                join();
        } else {
            change();
        }
        if (members.isEmpty())
            join();
        for (Member m : members.values())
            m.owned.removeIf(p -> p.partition() >= topics.getOrDefault(p.topic(), 0)
                || m.generation < generation && !m.topics.contains(p.topic()));
    }

    private void change() {
        for (int i = random.nextInt(3); i > 0; i--)
            join();
        for (int i = random.nextInt(3); i > 0 && members.size() > 1; i--)
            members.remove(any(members.keySet()));
        if (chance(15))
            topics.put(topic(), 1 + random.nextInt(9));
        if (chance(15))
            topics.merge(any(topics.keySet()), 1 + random.nextInt(4), Integer::sum);
        if (chance(8) && topics.size() > 1)
            topics.remove(any(topics.keySet()));
        if (alike && chance(10))
            alike = false;
        for (Member m : members.values())
            if (!alike && chance(10))
                subscribe(m);
        if (alike && chance(10)) {
            subscribe(any(members.values()));
        }
        for (int i = random.nextInt(3); i > 0 && chance(30); i--) {
            Member thief = any(members.values());
            Member other = any(members.values());
            for (TopicPartition p : other.owned)
                if (!thief.owned.contains(p) && chance(50))
                    thief.owned.add(p);
        }
        if (chance(10)) {
            Collections.shuffle(any(members.values()).owned, random);
        }
    }

    private String topic() {
        return any(List.of("orders", "t", "app.log", "a-b", "Zoo", "events_")) + (chance(80) ? random.nextInt(30) : "");
    }

    private void join() {
        String id = chance(50) ? "c" + random.nextInt(1000)
            : "host" + random.nextInt(3) + "." + random.nextInt(40000) + "." + Long.toString(random.nextLong() >>> 20, 36);
        if (members.containsKey(id))
            return;
        String instance = chance(25) ? "i" + random.nextInt(100000) : null;
        for (Member m : members.values())
            if (instance != null && instance.equals(m.instance))
                instance = null;
        Member m = new Member(id, instance);
        members.put(id, m);
        subscribe(m);
    }

    private void subscribe(Member m) {
        TreeSet<String> t = new TreeSet<>(topics.keySet());
        if (chance(5))
            t.add("gone");
        if (!alike) {
            int keep = 1 + random.nextInt(99);
            t.removeIf(x -> !chance(keep));
            if (t.isEmpty())
                t.add(any(topics.keySet()));
        } else {
            // as the others
            for (Member other : members.values())
                if (!other.topics.isEmpty() && other != m)
                    t = new TreeSet<>(other.topics);
        }
        m.topics = new ArrayList<>(t);
        Collections.shuffle(m.topics, random);
    }

    private static String join(List<TopicPartition> list) {
        StringBuilder b = new StringBuilder();
        for (TopicPartition p : list)
            b.append(b.length() > 0 ? "," : "").append(p.topic()).append(':').append(p.partition());
        return b.toString();
    }

    private String line() {
        StringBuilder b = new StringBuilder();
        for (Map.Entry<String, Integer> t : topics.entrySet())
            b.append(b.length() > 0 ? "," : "").append(t.getKey()).append('=').append(t.getValue());
        for (Member m : members.values())
            b.append(';').append(m.id).append('|').append(m.instance == null ? "" : m.instance).append('|')
                .append(String.join(",", m.topics)).append('|').append(m.generation).append('|').append(join(m.owned));
        return b.append('\n').toString();
    }

    private Map<String, List<TopicPartition>> ask(ConsumerPartitionAssignor how, PrintStream out, String name) {
        List<PartitionInfo> parts = new ArrayList<>();
        topics.forEach((t, n) -> {
            for (int i = 0; i < n; i++)
                parts.add(new PartitionInfo(t, i, Node.noNode(), new Node[0], new Node[0]));
        });
        Cluster cluster = new Cluster("c", List.of(), parts, java.util.Set.of(), java.util.Set.of());
        Map<String, Subscription> s = new HashMap<>();
        for (Member m : members.values()) {
            Subscription one = new Subscription(m.topics, null, m.owned, m.generation, Optional.empty());
            one.setGroupInstanceId(Optional.ofNullable(m.instance));
            s.put(m.id, one);
        }
        Map<String, Assignment> got = how.assign(cluster, new GroupSubscription(s)).groupAssignment();
        Map<String, List<TopicPartition>> result = new TreeMap<>();
        out.print(name);
        for (Member m : members.values()) {
            List<TopicPartition> list = new ArrayList<>(got.get(m.id).partitions());
            if (how instanceof RangeAssignor)
                list.sort(Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition));
            result.put(m.id, list);
            out.print(" " + m.id + "=" + join(list));
        }
        out.print("\n");
        return result;
    }

    private void answer(PrintStream out) {
        Map<String, List<TopicPartition>> range = ask(new RangeAssignor(), out, "range");
        ask(new RoundRobinAssignor(), out, "roundrobin");
        ask(new Target(), out, "target");
        Map<String, List<TopicPartition>> round = ask(new CooperativeStickyAssignor(), out, "round");
        Map<String, List<TopicPartition>> now = chance(10) ? range : round;
        generation++;
        for (Member m : members.values()) {
            if (chance(12))
                continue;
            m.owned = now.get(m.id);
            m.generation = generation;
        }
    }
}
