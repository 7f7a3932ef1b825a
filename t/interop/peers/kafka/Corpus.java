import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.record.TimestampType;

/**
 * Records as they come in practice and as nobody expects them, the same for the same seed: text, empty, NULL, binary
 * and invalid UTF-8 for keys, values and header values, times that go back, repeated and empty header names.
 * With keys > 0 every record has one of so many text keys, and one in eight is a tombstone.
 * Corpus SEED COUNT [SIZE [KEYS]]: as JSON lines.
 */
final class Corpus {
    private static final String[] WORDS = {"order", "paid", "basket", "harbour", "north", "crane", "berth", "tide",
        "ledger", "parcel", "scale", "gate", "pallet", "invoice", "Kiel", "Ørsted", "荷物", "Ω", "\"quoted\"", "a\\b",
        "tab\there", "line\nbreak", "\u0001", "nul\0byte", "🚢", "\u007f"};
    private final Random random;
    private final int size;
    private final int keys;
    private long time = 1700000000000L;

    Corpus(long seed, int size, int keys) {
        this.random = new Random(seed);
        this.size = size;
        this.keys = keys;
    }

    public static void main(String[] args) {
        int[] n = {1, 1000, 200, 0};
        for (int i = 0; i < args.length; i++)
            n[i] = Integer.parseInt(args[i]);
        Corpus corpus = new Corpus(n[0], n[2], n[3]);
        StringBuilder b = new StringBuilder();
        for (int i = 0; i < n[1]; i++) {
            ProducerRecord<byte[], byte[]> r = corpus.next("corpus", 0);
            Lines.write(b, new ConsumerRecord<>(r.topic(), 0, i, r.timestamp(), TimestampType.CREATE_TIME,
                0, 0, r.key(), r.value(), r.headers(), Optional.empty()));
        }
        byte[] all = b.toString().getBytes(StandardCharsets.UTF_8);
        PrintStream out = System.out;
        out.write(all, 0, all.length);
        out.flush();
    }

    ProducerRecord<byte[], byte[]> next(String topic, int partition) {
        time += random.nextInt(20) == 0 ? -random.nextInt(5000) : random.nextInt(300);
        byte[] key = keys > 0 ? ("key-" + random.nextInt(keys)).getBytes(StandardCharsets.UTF_8) : bytes(24, 4);
        byte[] value = keys > 0 && random.nextInt(8) == 0 ? null : bytes(size, 16);
        ProducerRecord<byte[], byte[]> r = new ProducerRecord<>(topic, partition, time, key, value);
        if (random.nextInt(3) == 0)
            for (int n = random.nextInt(4); n > 0; n--)
                r.headers().add(random.nextInt(8) == 0 ? "" : WORDS[random.nextInt(8)], bytes(16, 4));
        return r;
    }

    private byte[] bytes(int most, int nullOneIn) {
        switch (random.nextInt(nullOneIn)) {
        case 0:
            return null;
        case 1:
            if (random.nextInt(3) == 0)
                return new byte[0];
            byte[] b = new byte[random.nextInt(most)];
            random.nextBytes(b);
            return b;
        default:
            int length = 1 + random.nextInt(random.nextInt(100) == 0 ? most * 50 : most);
            StringBuilder s = new StringBuilder();
            while (s.length() < length)
                s.append(WORDS[random.nextInt(WORDS.length)]).append(' ');
            return s.toString().getBytes(StandardCharsets.UTF_8);
        }
    }
}
