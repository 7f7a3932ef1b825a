import java.io.DataOutputStream;
import java.io.FileOutputStream;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.LegacyRecord;

/** A segment in message format 0 or 1, as brokers before 0.11 wrote them: Old MAGIC FILE. */
final class Old {
    private Old() {
    }

    public static void main(String[] args) throws Exception {
        byte magic = Byte.parseByte(args[0]);
        try (DataOutputStream out = new DataOutputStream(new FileOutputStream(args[1]))) {
            for (int i = 0; i < 5; i++) {
                byte[] key = i == 1 ? null : ("truck-" + i).getBytes(StandardCharsets.UTF_8);
                byte[] value = i == 2 ? null : ("weighed at gate " + i).getBytes(StandardCharsets.UTF_8);
                out.writeLong(i);
                out.writeInt(LegacyRecord.recordSize(magic, key == null ? 0 : key.length,
                    value == null ? 0 : value.length));
                LegacyRecord.write(out, magic, magic == 0 ? -1 : 1400000000000L + i, key, value,
                    CompressionType.NONE, TimestampType.CREATE_TIME);
            }
        }
    }
}
