import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Kafka's own clients, led by lines on standard input: peer.jar Peer HOST:PORT.
 * A line is a JSON object. With "do" it is a command, run at once:
 *
 *   create   topic, partitions, config{}      delete  topic
 *   configure topic, config{}                 trim    topic, partition, offset
 *   producer name, config{}  (opens it, or takes it up again: later lines go through it)
 *   begin commit abort flush close            of that producer
 *   random   topic, partition, count, seed, size, flush
 *   commit-offsets  group, topic, partition, offset, note
 *   consume  file, topics[], isolation  (every record there is, as JSON lines, by topic and partition)
 *   offsets  file, topics[], times[]    (a line each: topic, partition, earliest|latest|@ms, offset or -)
 *
 * Else it is a record in the form in which consume writes them. A batch goes out at a flush, a begin, a
 * commit, an abort, a close or when it is full (batch.size), in practice never by time. Ends with status 1 at the first error.
 */
public final class Peer {
    private static final ObjectMapper JSON = new ObjectMapper();
    private final String servers;
    private final Admin admin;
    private final Map<String, KafkaProducer<byte[], byte[]>> producers = new HashMap<>();
    private final List<Future<RecordMetadata>> sent = new ArrayList<>();
    private KafkaProducer<byte[], byte[]> now;
    private String name;

    private Peer(String servers) {
        this.servers = servers;
        Properties p = new Properties();
        p.put("bootstrap.servers", servers);
        admin = Admin.create(p);
    }

    public static void main(String[] args) throws Exception {
        Peer peer = new Peer(args[0]);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        int n = 0;
        for (String line; (line = in.readLine()) != null; ) {
            n++;
            try {
                if (!line.isBlank())
                    peer.line(JSON.readTree(line));
            } catch (Exception e) {
                System.err.println("Peer: line " + n + ": " + line);
                e.printStackTrace();
                System.exit(1);
            }
        }
        for (KafkaProducer<byte[], byte[]> p : peer.producers.values())
            p.flush();
        peer.acknowledged();
        System.out.flush();
        Runtime.getRuntime().halt(archiving() ? exit() : 0);
    }

    /* A transaction left open must stay open: closing its producer would abort it. */
    private static boolean archiving() {
        return java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .anyMatch(a -> a.startsWith("-XX:ArchiveClassesAtExit"));
    }

    private static int exit() {
        System.exit(0);
        return 0;
    }

    private void line(JsonNode o) throws Exception {
        if (!o.has("do")) {
            producer();
            sent.add(now.send(Lines.read(o)));
            return;
        }
        TopicPartition tp = new TopicPartition(o.path("topic").asText(), o.path("partition").asInt());
        switch (o.get("do").asText()) {
        case "create":
            admin.createTopics(List.of(new NewTopic(tp.topic(), o.path("partitions").asInt(1), (short) -1)
                .configs(config(o)))).all().get();
            break;
        case "delete":
            admin.deleteTopics(List.of(tp.topic())).all().get();
            break;
        case "configure":
            admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.TOPIC, tp.topic()),
                config(o).entrySet().stream().map(e -> new AlterConfigOp(
                    new ConfigEntry(e.getKey(), e.getValue()), AlterConfigOp.OpType.SET))
                    .collect(Collectors.toList()))).all().get();
            break;
        case "trim":
            admin.deleteRecords(Map.of(tp, RecordsToDelete.beforeOffset(o.get("offset").asLong()))).all().get();
            break;
        case "commit-offsets":
            admin.alterConsumerGroupOffsets(o.get("group").asText(), Map.of(tp,
                new OffsetAndMetadata(o.get("offset").asLong(), o.path("note").asText()))).all().get();
            break;
        case "consume":
            consume(o);
            break;
        case "offsets":
            offsets(o);
            break;
        case "producer":
            open(o);
            break;
        case "random":
            producer();
            random(tp, o);
            break;
        default:
            inTransaction(o.get("do").asText());
        }
    }

    private void inTransaction(String what) throws Exception {
        producer();
        if (!what.equals("abort"))
            now.flush();
        switch (what) {
        case "begin":
            now.beginTransaction();
            break;
        case "commit":
            now.commitTransaction();
            break;
        case "abort":
            now.flush();
            now.abortTransaction();
            break;
        case "flush":
            break;
        case "close":
            now.close();
            producers.remove(name);
            now = null;
            break;
        default:
            throw new IllegalArgumentException(what);
        }
        acknowledged();
    }

    private void acknowledged() throws Exception {
        for (Future<RecordMetadata> f : sent)
            f.get();
        sent.clear();
    }

    private void producer() {
        if (now == null)
            open(JSON.createObjectNode().put("name", "plain"));
    }

    private void open(JsonNode o) {
        name = o.get("name").asText();
        now = producers.computeIfAbsent(name, k -> {
            Properties p = new Properties();
            p.put("bootstrap.servers", servers);
            p.put("linger.ms", "1000");
            p.put("batch.size", "1000000");
            p.put("max.request.size", "4000000");
            p.put("acks", "all");
            p.putAll(config(o));
            KafkaProducer<byte[], byte[]> q =
                new KafkaProducer<>(p, new ByteArraySerializer(), new ByteArraySerializer());
            if (p.containsKey("transactional.id"))
                q.initTransactions();
            return q;
        });
    }

    private void random(TopicPartition tp, JsonNode o) {
        Corpus corpus = new Corpus(o.get("seed").asLong(), o.path("size").asInt(200), o.path("keys").asInt(0));
        int flush = o.path("flush").asInt(Integer.MAX_VALUE);
        for (int i = 0; i < o.get("count").asInt(); i++) {
            sent.add(now.send(corpus.next(tp.topic(), tp.partition())));
            if (i % flush == flush - 1)
                now.flush();
        }
        now.flush();
    }

    private static Map<String, String> config(JsonNode o) {
        Map<String, String> m = new TreeMap<>();
        o.path("config").fieldNames().forEachRemaining(k -> m.put(k, o.path("config").get(k).asText()));
        return m;
    }

    private static List<String> words(JsonNode array) {
        List<String> words = new ArrayList<>();
        array.forEach(w -> words.add(w.asText()));
        return words;
    }

    private KafkaConsumer<byte[], byte[]> consumer(JsonNode o) {
        Properties p = new Properties();
        p.put("bootstrap.servers", servers);
        p.put("isolation.level", o.path("isolation").asText("read_uncommitted"));
        p.put("check.crcs", "true");
        p.put("auto.offset.reset", "none");
        p.put("max.poll.records", "100000");
        p.put("fetch.max.wait.ms", "50");
        return new KafkaConsumer<>(p, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private static List<TopicPartition> partitions(KafkaConsumer<byte[], byte[]> c, JsonNode o) {
        return words(o.get("topics")).stream().flatMap(t -> c.partitionsFor(t).stream())
            .map(i -> new TopicPartition(i.topic(), i.partition()))
            .sorted(Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition))
            .collect(Collectors.toList());
    }

    private void offsets(JsonNode o) throws Exception {
        try (KafkaConsumer<byte[], byte[]> c = consumer(o);
             PrintStream out = new PrintStream(o.get("file").asText())) {
            List<TopicPartition> all = partitions(c, o);
            line(out, "earliest", list(all, OffsetSpec.earliest()));
            line(out, "latest", list(all, OffsetSpec.latest()));
            for (String time : words(o.path("times"))) {
                line(out, "@" + time, list(all, OffsetSpec.forTimestamp(Long.parseLong(time))));
            }
        }
    }

    private Map<TopicPartition, Long> list(List<TopicPartition> all, OffsetSpec where) throws Exception {
        Map<TopicPartition, OffsetSpec> asked = new LinkedHashMap<>();
        Map<TopicPartition, Long> found = new LinkedHashMap<>();
        all.forEach(t -> asked.put(t, where));
        ListOffsetsResult result = admin.listOffsets(asked);
        for (TopicPartition t : all)
            found.put(t, result.partitionResult(t).get().offset());
        return found;
    }

    private static void line(PrintStream out, String where, Map<TopicPartition, Long> offsets) {
        offsets.forEach((t, n) ->
            out.print(t.topic() + "\t" + t.partition() + "\t" + where + "\t" + (n < 0 ? "-" : n) + "\n"));
    }

    private void consume(JsonNode o) throws Exception {
        try (KafkaConsumer<byte[], byte[]> c = consumer(o);
             PrintStream out = new PrintStream(o.get("file").asText())) {
            List<TopicPartition> all = partitions(c, o);
            Map<TopicPartition, StringBuilder> text = new LinkedHashMap<>();
            all.forEach(t -> text.put(t, new StringBuilder()));
            c.assign(all);
            c.seekToBeginning(all);
            Map<TopicPartition, Long> ends = c.endOffsets(all);
            long deadline = System.nanoTime() + 120_000_000_000L;
            while (all.stream().anyMatch(t -> c.position(t) < ends.get(t))) {
                if (System.nanoTime() > deadline)
                    throw new IllegalStateException("no end of " + all);
                for (ConsumerRecord<byte[], byte[]> r : c.poll(Duration.ofMillis(100)))
                    Lines.write(text.get(new TopicPartition(r.topic(), r.partition())), r);
            }
            for (StringBuilder b : text.values())
                out.write(b.toString().getBytes(StandardCharsets.UTF_8));
        }
    }
}
