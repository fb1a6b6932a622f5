/* Reads 32-bit words from the standard input and prints "name<TAB>p" for each test of a battery. */

#include <bbattery.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swrite.h>
#include <unif01.h>
#include <unistd.h>

enum { PIECE = 1 << 16 };

static unsigned int pieces[PIECE];
static int next = PIECE;

static unsigned int word(void) {
    if (next == PIECE) {
        if (fread(pieces, sizeof *pieces, PIECE, stdin) != PIECE) {
            fputs("the stream of words ended too early\n", stderr);
            exit(1);
        }
        next = 0;
    }
    return pieces[next++];
}

int main(int count, char **arguments) {
    FILE *answers = fdopen(dup(1), "w");
    unif01_Gen *generator = unif01_CreateExternGenBits("words", word);
    if (count != 2 || !answers || !freopen("/dev/null", "w", stdout)) return 2;
    swrite_Basic = FALSE;
    if (strcmp(arguments[1], "Crush") == 0) bbattery_Crush(generator);
    else bbattery_SmallCrush(generator);
    for (int i = 0; i < bbattery_NTests; i++)
        fprintf(answers, "%s\t%.17g\n", bbattery_TestNames[i], bbattery_pVal[i]);
    fclose(answers);
    unif01_DeleteExternGenBits(generator);
    return 0;
}
