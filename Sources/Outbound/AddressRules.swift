/// Which addresses are anybody's, and which are of a machine or a network of its own.
package enum AddressRules {
    /// Whether an IPv4 address belongs to the public internet; `address` in the order of the network.
    package static func isPublic(v4 address: [UInt8]) -> Bool {
        guard address.count == 4 else { return false }
        switch (address[0], address[1], address[2]) {
        case (0, _, _), (10, _, _), (127, _, _), (224...255, _, _): return false
        case (100, 64...127, _), (169, 254, _), (172, 16...31, _), (192, 168, _), (198, 18...19, _): return false
        case (192, 0, 0), (192, 0, 2), (198, 51, 100), (203, 0, 113): return false
        default: return true
        }
    }

    /// Whether an IPv6 address belongs to the public internet; one that stands for an IPv4 address is judged as that.
    package static func isPublic(v6 address: [UInt8]) -> Bool {
        guard address.count == 16 else { return false }
        if address[..<10].allSatisfy({ $0 == 0 }), address[10] == 0xFF, address[11] == 0xFF {
            return isPublic(v4: Array(address[12...]))
        }
        // 64:ff9b::/96, by which networks without IPv4 reach it.
        if address[..<12].elementsEqual([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]) {
            return isPublic(v4: Array(address[12...]))
        }
        // Only 2000::/3 is given out; documentation, 6to4 and the special block lie within it.
        guard address[0] & 0xE0 == 0x20 else { return false }
        switch (address[0], address[1], address[2], address[3]) {
        case (0x20, 0x01, 0x00...0x01, _), (0x20, 0x01, 0x0D, 0xB8), (0x20, 0x02, _, _), (0x3F, 0xFF, _, _):
            return false
        default: return true
        }
    }
}
